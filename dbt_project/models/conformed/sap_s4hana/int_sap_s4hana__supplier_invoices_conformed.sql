-- Grain: one row per supplier invoice and fiscal year. Amounts are what is owed, > 0 also for one that is reversed: the
-- reversal is a document of its own and < 0.
with

invoices as (
    select * from {{ ref('stg_sap_s4hana__supplier_invoices') }}
),

final as (
    select
        {{ natural_key(['supplier_invoice_number', 'fiscal_year']) }} as source_invoice_id,
        invoice_number,
        source_entity_id,
        source_supplier_id,
        -- Only a posted invoice counts; one that is parked or held waits, one that was deleted in the queue claims nothing.
        case
            when coalesce(invoice_status_code, '5') = '5' then 'approved'
            when invoice_status_code = '2' then 'void'
            else 'pending'
        end as invoice_status,
        posting_date,
        document_date,
        case when is_reversal then -abs(amount_gross_transaction) else amount_gross_transaction end
            as amount_gross_transaction,
        cast(null as {{ type_amount() }}) as amount_tax_transaction,
        transaction_currency,
        is_reversal,
        reversal_reference_document as reverses_document_number,
        payment_terms_code,
        source_instance,
        load_id,
        recorded_at
    from invoices
)

select * from final
