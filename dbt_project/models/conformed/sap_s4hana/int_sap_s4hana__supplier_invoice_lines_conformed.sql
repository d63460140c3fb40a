-- Grain: one row per purchase order item of a supplier invoice. A line of a reversal takes back what its original took.
with

lines as (
    select * from {{ ref('stg_sap_s4hana__supplier_invoice_items') }}
),

invoices as (
    select * from {{ ref('stg_sap_s4hana__supplier_invoices') }}
),

final as (
    select
        {{ natural_key(['lines.supplier_invoice_number', 'lines.fiscal_year']) }} as source_invoice_id,
        lines.line_number,
        lines.source_order_id,
        lines.order_line_number,
        lines.quantity,
        case
            when invoices.is_reversal then -abs(lines.amount_net_transaction) else lines.amount_net_transaction
        end as amount_net_transaction,
        lines.transaction_currency,
        lines.source_instance,
        lines.load_id,
        lines.recorded_at
    from lines
    left join invoices
        on
            lines.source_instance = invoices.source_instance
            and lines.supplier_invoice_number = invoices.supplier_invoice_number
            and lines.fiscal_year = invoices.fiscal_year
)

select * from final
