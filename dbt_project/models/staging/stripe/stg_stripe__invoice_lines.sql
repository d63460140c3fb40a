-- Grain: one row per line of an invoice, those taken out of it since included (is_removed).
with

base as (
    select * from {{ ref('base_stripe__invoice_lines') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_invoice_line_id,
        source_invoice_id,
        source_product_id,
        source_price_id,
        service_start_date,
        service_end_date,
        quantity,
        amount_net_transaction,
        amount_discount_transaction,
        transaction_currency,
        is_proration,
        source_subscription_id,
        source_subscription_item_id,
        is_removed
    from base
    where rejection_reason is null
)

select * from final
