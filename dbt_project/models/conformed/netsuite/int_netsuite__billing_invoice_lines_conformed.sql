-- Grain: one row per item line of an invoice or credit memo that NetSuite itself billed, with the sign of its document.
with

lines as (
    select * from {{ ref('int_netsuite__transaction_lines') }}
    where
        transaction_type in ('CustInvc', 'CustCred')
        and created_from_transaction_id is not null
        and not is_main_line
        and not is_tax_line
        and source_product_id is not null
),

final as (
    select
        transaction_id as source_invoice_id,
        line_number as source_invoice_line_id,
        source_product_id,
        cast(null as varchar) as source_price_id,
        'one_off' as charge_type,
        cast(null as date) as service_start_date,
        cast(null as date) as service_end_date,
        abs(quantity) as quantity,
        cast(-amount_transaction as {{ type_amount() }}) as amount_net_transaction,
        transaction_currency,
        cast(null as decimal(18, 12)) as interval_months,
        cast(0 as {{ type_amount() }}) as amount_discount_transaction,
        cast(null as varchar) as source_subscription_id,
        cast(null as varchar) as source_subscription_item_id,
        source_instance,
        load_id,
        recorded_at
    from lines
)

select * from final
