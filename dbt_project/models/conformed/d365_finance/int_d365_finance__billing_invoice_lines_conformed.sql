-- Grain: one row per line of a posted sales invoice or credit note, with the sign of its document.
with

invoices as (
    select * from {{ ref('stg_d365_finance__sales_invoices') }}
),

lines as (
    select * from {{ ref('stg_d365_finance__sales_invoice_lines') }}
),

final as (
    select
        {{ d365_partner('lines.source_entity_id', 'lines.invoice_number') }}
        || '/' || lines.voucher as source_invoice_id,
        cast(lines.line_number as varchar) as source_invoice_line_id,
        lines.product_code as source_product_id,
        cast(null as varchar) as source_price_id,
        'one_off' as charge_type,
        cast(null as date) as service_start_date,
        cast(null as date) as service_end_date,
        abs(lines.quantity) as quantity,
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
    -- A line that was posted after the heads were read waits for the next load.
    inner join invoices
        on
            lines.source_instance = invoices.source_instance
            and lines.source_entity_id = invoices.source_entity_id
            and lines.invoice_number = invoices.invoice_number
            and lines.invoice_date = invoices.invoice_date
            and lines.voucher = invoices.voucher
)

select * from final
