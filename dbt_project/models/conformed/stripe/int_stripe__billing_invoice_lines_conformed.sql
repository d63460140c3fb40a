-- Grain: one row per line of an invoice. amount_net_transaction is before tax and after the line's discounts, so that
-- the lines of an invoice sum to its net amount; amount_discount_transaction is what was taken off, for information.
with

invoice_lines as (
    select * from {{ ref('stg_stripe__invoice_lines') }}
    where not is_removed
),

-- A draft that was deleted is gone with its lines, though nothing says so of each of them.
deleted_invoices as (
    select
        source_instance,
        source_invoice_id
    from {{ ref('stg_stripe__invoices') }}
    where is_deleted
),

prices as (
    select * from {{ ref('stg_stripe__prices') }}
),

typed as (
    select
        invoice_lines.*,
        -- A proration corrects a period already billed and repeats nothing: it is no recurring charge.
        case
            when invoice_lines.is_proration then 'one_off'
            else coalesce(prices.charge_type, 'one_off')
        end as charge_type,
        prices.interval_months as price_interval_months
    from invoice_lines
    left join prices
        on
            invoice_lines.source_instance = prices.source_instance
            and invoice_lines.source_price_id = prices.source_price_id
    left join deleted_invoices
        on
            invoice_lines.source_instance = deleted_invoices.source_instance
            and invoice_lines.source_invoice_id = deleted_invoices.source_invoice_id
    where deleted_invoices.source_invoice_id is null
),

final as (
    select
        source_invoice_id,
        source_invoice_line_id,
        source_product_id,
        source_price_id,
        charge_type,
        service_start_date,
        service_end_date,
        quantity,
        amount_net_transaction,
        transaction_currency,
        case when charge_type = 'recurring' then price_interval_months end as interval_months,
        amount_discount_transaction,
        source_subscription_id,
        source_subscription_item_id,
        source_instance,
        load_id,
        recorded_at
    from typed
)

select * from final
