-- Grain: one row per billing document, current version.
-- Amounts as SAP states them: positive also on credit memos and cancellations.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'billing_documents'), ['BillingDocument']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['BillingDocument']) }} as source_key,
        {{ normalise_code('BillingDocument') }} as source_invoice_id,
        {{ normalise_code('SDDocumentCategory') }} as document_category,
        {{ normalise_code('BillingDocumentType') }} as document_type,
        {{ sap_date('CreationDate') }} as created_date,
        {{ sap_timestamp('LastChangeDateTime') }} as modified_at,
        {{ normalise_code('SalesOrganization') }} as sales_organisation_code,
        {{ sap_date('BillingDocumentDate') }} as invoice_date,
        coalesce({{ boolean('BillingDocumentIsCancelled') }}, false) as is_cancelled,
        {{ normalise_code('CancelledBillingDocument') }} as cancels_source_invoice_id,
        {{ amount('TotalNetAmount') }} as amount_net_transaction,
        {{ amount('TaxAmount') }} as amount_tax_transaction,
        {{ amount('TotalGrossAmount') }} as amount_gross_transaction,
        {{ normalise_code('TransactionCurrency') }} as transaction_currency,
        {{ normalise_code('CustomerPaymentTerms') }} as payment_terms_code,
        {{ text('CompanyCode') }} as source_entity_id,
        {{ whole_number('FiscalYear', 'integer') }} as fiscal_year,
        {{ normalise_code('AccountingDocument') }} as document_number,
        {{ normalise_code('DocumentReferenceID') }} as reference_document,
        {{ normalise_code('SoldToParty') }} as sold_to_source_customer_id,
        {{ normalise_code('PayerParty') }} as payer_source_customer_id,
        {{ rejection_reason([
            required('BillingDocument'),
            required('SDDocumentCategory'),
            required('CompanyCode'),
            required('SoldToParty'),
            required('BillingDocumentDate', sap_date('BillingDocumentDate')),
            castable('CreationDate', sap_date('CreationDate')),
            castable('LastChangeDateTime', sap_timestamp('LastChangeDateTime')),
            castable('BillingDocumentIsCancelled', boolean('BillingDocumentIsCancelled')),
            required('TotalNetAmount', amount('TotalNetAmount')),
            required('TaxAmount', amount('TaxAmount')),
            required('TotalGrossAmount', amount('TotalGrossAmount')),
            required('TransactionCurrency'),
            castable('FiscalYear', whole_number('FiscalYear', 'integer')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
