-- Grain: one row per supplier invoice and fiscal year, current version.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'supplier_invoices'), ['SupplierInvoice', 'FiscalYear']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['SupplierInvoice', 'FiscalYear']) }} as source_key,
        {{ normalise_code('SupplierInvoice') }} as supplier_invoice_number,
        {{ whole_number('FiscalYear', 'integer') }} as fiscal_year,
        {{ text('CompanyCode') }} as source_entity_id,
        {{ sap_date('DocumentDate') }} as document_date,
        {{ sap_date('PostingDate') }} as posting_date,
        {{ sap_date('CreationDate') }} as created_date,
        {{ normalise_code('SupplierInvoiceIDByInvcgParty') }} as invoice_number,
        {{ normalise_code('InvoicingParty') }} as source_supplier_id,
        {{ normalise_code('DocumentCurrency') }} as transaction_currency,
        {{ amount('InvoiceGrossAmount') }} as amount_gross_transaction,
        {{ text('DocumentHeaderText') }} as header_text,
        {{ normalise_code('PaymentTerms') }} as payment_terms_code,
        {{ sap_date('DueCalculationBaseDate') }} as due_calculation_base_date,
        {{ normalise_code('AccountingDocumentType') }} as document_type,
        {{ normalise_code('SupplierInvoiceStatus') }} as invoice_status_code,
        {{ normalise_code('ReverseDocument') }} as reversal_reference_document,
        coalesce({{ boolean('IsReversal') }}, false) as is_reversal,
        {{ rejection_reason([
            required('SupplierInvoice'),
            required('FiscalYear', whole_number('FiscalYear', 'integer')),
            required('CompanyCode'),
            required('InvoicingParty'),
            required('PostingDate', sap_date('PostingDate')),
            castable('DocumentDate', sap_date('DocumentDate')),
            castable('CreationDate', sap_date('CreationDate')),
            castable('DueCalculationBaseDate', sap_date('DueCalculationBaseDate')),
            required('InvoiceGrossAmount', amount('InvoiceGrossAmount')),
            required('DocumentCurrency'),
            castable('IsReversal', boolean('IsReversal')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
