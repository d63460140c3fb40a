-- Grain: one row per invoice or credit note, in any status. Amounts are what is owed, a credit note < 0. Its date stands
-- for the posting date, which only the ledger decides.
with

invoices as (
    select * from {{ ref('stg_coupa__invoices') }}
),

final as (
    select
        source_invoice_id,
        invoice_number,
        source_entity_id,
        source_supplier_id,
        invoice_status,
        invoice_date as posting_date,
        invoice_date as document_date,
        amount_gross_transaction,
        amount_tax_transaction,
        transaction_currency,
        cast(false as boolean) as is_reversal,
        cast(null as varchar) as reverses_document_number,
        payment_terms_code,
        source_instance,
        load_id,
        recorded_at
    from invoices
)

select * from final
