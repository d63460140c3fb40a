-- Grain: one row per invoice of a supplier. amount_ordered_transaction is the part that its lines take from purchase
-- orders, net of tax; what is left was never ordered. The posting in the ledger is in fct_ap_items.
with

invoices as (
    select * from {{ ref('all_supplier_invoices') }}
),

ordered as (
    select
        source_instance,
        source_invoice_id,
        count(*) as order_line_count,
        sum(amount_net_transaction) as amount_ordered
    from {{ ref('all_supplier_invoice_lines') }}
    where source_order_id is not null
    group by source_instance, source_invoice_id
),

entity_crosswalk as (
    select * from {{ ref('entity_crosswalk') }}
),

suppliers as (
    select * from {{ ref('dim_suppliers') }}
),

final as (
    select
        {{ surrogate_key(['invoices.source_instance', 'invoices.source_invoice_id']) }} as supplier_invoice_id,
        invoices.source_invoice_id,
        invoices.invoice_number,
        {{ entity_columns('invoices.source_entity_id') }},
        {{ member_id('invoices.source_supplier_id', 'suppliers.supplier_id') }} as supplier_id,
        invoices.source_supplier_id,
        {{ is_member_known('invoices.source_supplier_id', 'suppliers.supplier_id') }} as is_supplier_known,
        invoices.invoice_status,
        invoices.posting_date,
        invoices.document_date,
        invoices.amount_gross_transaction,
        invoices.amount_tax_transaction,
        cast(coalesce(ordered.amount_ordered, 0) as {{ type_amount() }}) as amount_ordered_transaction,
        coalesce(ordered.order_line_count, 0) as order_line_count,
        invoices.transaction_currency,
        invoices.is_reversal,
        invoices.reverses_document_number,
        invoices.payment_terms_code,
        invoices.source_instance,
        invoices.source_entity_id,
        invoices.load_id,
        invoices.recorded_at
    from invoices
    left join ordered
        on
            invoices.source_instance = ordered.source_instance
            and invoices.source_invoice_id = ordered.source_invoice_id
    left join entity_crosswalk
        on
            invoices.source_instance = entity_crosswalk.source_instance
            and invoices.source_entity_id = entity_crosswalk.source_entity_id
            and {{ is_valid_on('invoices.posting_date', 'entity_crosswalk') }}
    left join suppliers
        on
            invoices.source_instance = suppliers.source_instance
            and invoices.source_supplier_id = suppliers.source_supplier_id
)

select * from final
