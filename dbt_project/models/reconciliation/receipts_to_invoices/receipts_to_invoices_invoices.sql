-- Grain: one row per purchase order line and currency that approved invoices name: all of them together, less credit notes
-- and reversals, net of tax. A line whose invoice could not be read has no currency: that row is in the queue.
with

invoice_lines as (
    select * from {{ ref('fct_supplier_invoice_lines') }}
    where source_order_id is not null and invoice_status = 'approved' and transaction_currency is not null
),

tolerances as (
    select * from {{ ref('tolerances_by_currency') }}
    where reconciliation_name = 'receipts_to_invoices'
),

invoiced as (
    select
        source_instance,
        source_order_id,
        order_line_number,
        transaction_currency,
        min(entity_code) as entity_code,
        max(document_date) as document_date,
        cast(sum(quantity) as {{ type_quantity() }}) as quantity,
        cast(sum(amount_net_transaction) as {{ type_amount() }}) as amount,
        {{ newest_load_id() }} as load_id
    from invoice_lines
    group by source_instance, source_order_id, order_line_number, transaction_currency
),

final as (
    select
        {{ surrogate_key([
            'invoiced.source_instance', 'invoiced.source_order_id', 'invoiced.order_line_number',
            'invoiced.transaction_currency'
        ]) }} as item_key,
        invoiced.source_instance,
        {{ natural_key(['invoiced.source_order_id', 'invoiced.order_line_number']) }} as source_key,
        invoiced.entity_code,
        cast(null as varchar) as counterparty_key,
        invoiced.document_date as item_date,
        last_day(invoiced.document_date) as period_end_date,
        {{ days_after('invoiced.document_date', 'coalesce(tolerances.window_days, 0)') }} as partner_due_date,
        invoiced.transaction_currency as currency_code,
        invoiced.amount,
        invoiced.quantity,
        invoiced.source_order_id,
        invoiced.order_line_number,
        invoiced.load_id
    from invoiced
    left join tolerances on invoiced.transaction_currency = tolerances.currency_code
)

select * from final
