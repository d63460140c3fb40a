-- Grain: one row per line of an invoice or credit note, those without an order included. A line of a credit note takes back
-- what an invoice took. What was taken out of its invoice is gone.
with

lines as (
    select * from {{ ref('stg_coupa__invoice_lines') }}
    where not is_removed
),

invoices as (
    select * from {{ ref('stg_coupa__invoices') }}
),

order_lines as (
    select * from {{ ref('stg_coupa__purchase_order_lines') }}
),

final as (
    select
        lines.source_invoice_id,
        lines.line_number,
        coalesce(order_lines.source_order_id, lines.source_order_id) as source_order_id,
        coalesce(order_lines.line_number, lines.order_line_number) as order_line_number,
        case when invoices.is_credit_note then -abs(lines.quantity) else lines.quantity end as quantity,
        case when invoices.is_credit_note then -abs(lines.amount_net_transaction) else lines.amount_net_transaction end
            as amount_net_transaction,
        invoices.transaction_currency,
        lines.source_instance,
        lines.load_id,
        lines.recorded_at
    from lines
    left join invoices
        on
            lines.source_instance = invoices.source_instance
            and lines.source_invoice_id = invoices.source_invoice_id
    left join order_lines
        on
            lines.source_instance = order_lines.source_instance
            and lines.source_order_line_id = order_lines.source_order_line_id
)

select * from final
