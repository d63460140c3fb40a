-- Grain: one row per invoice or credit memo of a supplier in the ledger that procurement should know, what is owed > 0. Of
-- an entity that buys through a procurement system those are all since its first invoice there; where the ERP itself holds
-- orders and invoices, those that bear the number of one of the same supplier: another may use that number for what was
-- never ordered. Payables to the group's own entities are another comparison.
-- What an entity took along into another ERP was posted in the books it left, and is paid in the new ones.
with

all_items as (
    select * from {{ ref('fct_ap_items') }}
    where item_type in ('invoice', 'credit_memo')
),

ap_items as (
    select * from all_items
    where is_brought_over is not true
),

brought_over_items as (
    select
        entity_code,
        reference_document,
        transaction_currency,
        amount_transaction,
        bool_and(coalesce(clearing_date <= {{ as_of_date() }}, false)) as is_paid
    from all_items
    where is_brought_over
    group by entity_code, reference_document, transaction_currency, amount_transaction
),

accounts as (select * from {{ ref('dim_accounts') }}),

suppliers as (select * from {{ ref('dim_suppliers') }}),

invoices as (
    select * from {{ ref('fct_supplier_invoices') }}
),

ledgers as (
    select distinct
        entity_code,
        source_instance
    from {{ ref('fct_ap_items') }}
),

-- Entities whose invoices come from another system than their ledger.
buying_elsewhere as (
    select
        invoices.entity_code,
        min(invoices.document_date) as first_date
    from invoices
    left join ledgers
        on
            invoices.entity_code = ledgers.entity_code
            and invoices.source_instance = ledgers.source_instance
    where ledgers.entity_code is null
    group by invoices.entity_code
),

known_numbers as (
    select distinct
        source_instance,
        entity_code,
        supplier_id,
        invoice_number
    from invoices
    where invoice_number is not null
),

final as (
    select
        {{ natural_key([
            'ap_items.entity_code', 'ap_items.fiscal_year', 'ap_items.document_number', 'ap_items.line_number'
        ]) }} as item_key,
        ap_items.source_instance,
        {{ natural_key([
            'ap_items.entity_code', 'ap_items.fiscal_year', 'ap_items.document_number', 'ap_items.line_number'
        ]) }} as source_key,
        ap_items.entity_code,
        ap_items.supplier_id as counterparty_key,
        ap_items.posting_date as item_date,
        ap_items.period_end_date,
        cast(null as date) as partner_due_date,
        ap_items.transaction_currency as currency_code,
        -ap_items.amount_transaction as amount,
        ap_items.reference_document as reference,
        suppliers.tax_id as supplier_tax_id,
        ap_items.is_reversal,
        ap_items.is_reversed,
        case
            when ap_items.is_handed_over then coalesce(brought_over_items.is_paid, false)
            else coalesce(ap_items.clearing_date <= {{ as_of_date() }}, false)
        end as is_paid,
        ap_items.load_id
    from ap_items
    left join accounts on ap_items.account_id = accounts.account_id
    left join suppliers on ap_items.supplier_id = suppliers.supplier_id
    left join brought_over_items
        on
            ap_items.is_handed_over
            and ap_items.entity_code = brought_over_items.entity_code
            and ap_items.reference_document = brought_over_items.reference_document
            and ap_items.transaction_currency = brought_over_items.transaction_currency
            and ap_items.amount_transaction = brought_over_items.amount_transaction
    left join buying_elsewhere on ap_items.entity_code = buying_elsewhere.entity_code
    left join known_numbers
        on
            ap_items.source_instance = known_numbers.source_instance
            and ap_items.entity_code = known_numbers.entity_code
            and ap_items.supplier_id = known_numbers.supplier_id
            and ap_items.reference_document = known_numbers.invoice_number
    where
        not coalesce(accounts.is_intercompany, false)
        and (
            known_numbers.invoice_number is not null
            or coalesce(ap_items.document_date, ap_items.posting_date) >= buying_elsewhere.first_date
        )
)

select * from final
