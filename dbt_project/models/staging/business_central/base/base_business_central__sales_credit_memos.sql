-- Grain: one row per posted credit memo, as last landed.
with

source as (
    {{ current_rows(source('landed_business_central', 'sales_credit_memos'), ['companyId', 'id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['companyId', 'id']) }} as source_key,
        {{ business_central_id('companyId') }} as company_id,
        {{ business_central_id('id') }} as record_id,
        {{ text('number') }} as document_number,
        {{ text('externalDocumentNumber') }} as external_document_number,
        {{ business_central_date('creditMemoDate') }} as document_date,
        {{ business_central_date('postingDate') }} as posting_date,
        {{ business_central_date('dueDate') }} as due_date,
        {{ normalise_code('customerNumber') }} as sell_to_customer_number,
        {{ normalise_code('billToCustomerNumber') }} as bill_to_customer_number,
        {{ normalise_code('currencyCode') }} as currency_code,
        {{ text('invoiceNumber') }} as invoice_number,
        {{ amount('totalAmountExcludingTax') }} as amount_net,
        {{ amount('totalTaxAmount') }} as amount_tax,
        {{ amount('totalAmountIncludingTax') }} as amount_gross,
        {{ business_central_option('status') }} as document_status,
        {{ iso_timestamp('lastModifiedDateTime') }} as modified_at,
        {{ rejection_reason([
            required('companyId', business_central_id('companyId')),
            required('id', business_central_id('id')),
            required('number'),
            required('creditMemoDate', business_central_date('creditMemoDate')),
            castable('postingDate', iso_date('postingDate')),
            castable('dueDate', iso_date('dueDate')),
            required('customerNumber'),
            required('totalAmountExcludingTax', amount('totalAmountExcludingTax')),
            required('totalTaxAmount', amount('totalTaxAmount')),
            required('totalAmountIncludingTax', amount('totalAmountIncludingTax')),
            required('status', business_central_option('status')),
            required('lastModifiedDateTime', iso_timestamp('lastModifiedDateTime')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
