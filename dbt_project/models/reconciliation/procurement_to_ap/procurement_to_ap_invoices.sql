-- Grain: one row per approved supplier invoice or credit note, gross, what is owed > 0. An invoice that was reversed and the
-- document that reverses it claim nothing together, and are none. Of an entity whose ledger brings no supplier items nothing
-- can be said.
with

invoices as (
    select * from {{ ref('fct_supplier_invoices') }}
    where invoice_status = 'approved' and not is_reversal and reverses_document_number is null
),

ledger_entities as (
    select distinct entity_code from {{ ref('fct_ap_items') }}
),

suppliers as (select * from {{ ref('dim_suppliers') }}),

tolerances as (
    select * from {{ ref('tolerances_by_currency') }}
    where reconciliation_name = 'procurement_to_ap'
),

final as (
    select
        invoices.supplier_invoice_id as item_key,
        invoices.source_instance,
        {{ natural_key(['invoices.source_supplier_id', 'invoices.invoice_number']) }} as source_key,
        invoices.entity_code,
        invoices.supplier_id as counterparty_key,
        invoices.document_date as item_date,
        last_day(invoices.document_date) as period_end_date,
        {{ days_after('invoices.document_date', 'coalesce(tolerances.window_days, 0)') }} as partner_due_date,
        invoices.transaction_currency as currency_code,
        invoices.amount_gross_transaction as amount,
        invoices.amount_tax_transaction as amount_tax,
        invoices.amount_ordered_transaction as amount_ordered,
        invoices.invoice_number,
        suppliers.tax_id as supplier_tax_id,
        invoices.load_id
    from invoices
    inner join ledger_entities on invoices.entity_code = ledger_entities.entity_code
    left join suppliers on invoices.supplier_id = suppliers.supplier_id
    left join tolerances on invoices.transaction_currency = tolerances.currency_code
)

select * from final
