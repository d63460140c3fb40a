-- Grain: one row per item of a billing document, current version. Amounts as SAP states them, see the header.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'billing_document_items'), [
        'BillingDocument', 'BillingDocumentItem'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['BillingDocument', 'BillingDocumentItem']) }} as source_key,
        {{ normalise_code('BillingDocument') }} as source_invoice_id,
        {{ normalise_code('BillingDocumentItem') }} as line_number,
        {{ normalise_code('Material') }} as source_product_id,
        {{ text('BillingDocumentItemText') }} as line_text,
        {{ quantity('BillingQuantity') }} as quantity,
        {{ normalise_code('BillingQuantityUnit') }} as quantity_unit,
        {{ amount('NetAmount') }} as amount_net_transaction,
        {{ amount('TaxAmount') }} as amount_tax_transaction,
        {{ amount('GrossAmount') }} as amount_gross_transaction,
        {{ normalise_code('TransactionCurrency') }} as transaction_currency,
        {{ normalise_code('SalesDocument') }} as sales_document_number,
        {{ normalise_code('SalesDocumentItem') }} as sales_document_line_number,
        {{ rejection_reason([
            required('BillingDocument'),
            required('BillingDocumentItem'),
            required('BillingQuantity', quantity('BillingQuantity')),
            required('NetAmount', amount('NetAmount')),
            castable('TaxAmount', amount('TaxAmount')),
            castable('GrossAmount', amount('GrossAmount')),
            required('TransactionCurrency'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
