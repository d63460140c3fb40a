-- Grain: one row per line of a supplier invoice, net of tax, with what its invoice says: whether it counts, whose it is and
-- of which day. A line that names no order was never ordered. A line whose invoice has not arrived yet is pending.
with

lines as (
    select * from {{ ref('all_supplier_invoice_lines') }}
),

invoices as (
    select * from {{ ref('all_supplier_invoices') }}
),

entity_crosswalk as (
    select * from {{ ref('entity_crosswalk') }}
),

final as (
    select
        {{ surrogate_key(['lines.source_instance', 'lines.source_invoice_id', 'lines.line_number']) }}
            as supplier_invoice_line_id,
        {{ surrogate_key(['lines.source_instance', 'lines.source_invoice_id']) }} as supplier_invoice_id,
        lines.source_invoice_id,
        lines.line_number,
        coalesce(invoices.invoice_status, 'pending') as invoice_status,
        invoices.document_date,
        lines.source_order_id,
        lines.order_line_number,
        {{ entity_columns('invoices.source_entity_id') }},
        lines.quantity,
        lines.amount_net_transaction,
        lines.transaction_currency,
        lines.source_instance,
        invoices.source_entity_id,
        lines.load_id,
        lines.recorded_at
    from lines
    left join invoices
        on
            lines.source_instance = invoices.source_instance
            and lines.source_invoice_id = invoices.source_invoice_id
    left join entity_crosswalk
        on
            invoices.source_instance = entity_crosswalk.source_instance
            and invoices.source_entity_id = entity_crosswalk.source_entity_id
            and {{ is_valid_on('invoices.posting_date', 'entity_crosswalk') }}
)

select * from final
