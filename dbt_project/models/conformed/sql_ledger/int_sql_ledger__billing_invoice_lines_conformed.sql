-- Grain: one row per line of an invoice that this system made out, with the sign of its invoice.
with

lines as (
    select * from {{ ref('stg_sql_ledger__invoice_lines') }}
),

invoices as (
    select * from {{ ref('stg_sql_ledger__invoices') }}
),

final as (
    select
        lines.source_invoice_id,
        lines.line_number as source_invoice_line_id,
        lines.source_product_id,
        cast(null as varchar) as source_price_id,
        'one_off' as charge_type,
        cast(null as date) as service_start_date,
        cast(null as date) as service_end_date,
        lines.quantity,
        lines.amount_net as amount_net_transaction,
        invoices.transaction_currency,
        cast(null as decimal(18, 12)) as interval_months,
        cast(0 as {{ type_amount() }}) as amount_discount_transaction,
        cast(null as varchar) as source_subscription_id,
        cast(null as varchar) as source_subscription_item_id,
        lines.source_instance,
        lines.load_id,
        lines.recorded_at
    from lines
    inner join invoices
        on
            lines.source_instance = invoices.source_instance
            and lines.source_invoice_id = invoices.source_invoice_id
)

select * from final
