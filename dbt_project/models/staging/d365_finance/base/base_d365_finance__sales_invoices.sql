-- Grain: one row per posted sales invoice or credit note, as last landed.
with

source as (
    {{ current_rows(
        source('landed_d365_finance', 'sales_invoices'),
        ['dataAreaId', 'InvoiceNumber', 'InvoiceDate', 'LedgerVoucher']
    ) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['dataAreaId', 'InvoiceNumber', 'InvoiceDate', 'LedgerVoucher']) }} as source_key,
        {{ normalise_code('dataAreaId') }} as source_entity_id,
        {{ text('InvoiceNumber') }} as invoice_number,
        {{ d365_date('InvoiceDate') }} as invoice_date,
        {{ text('LedgerVoucher') }} as voucher,
        {{ normalise_code('InvoiceCustomerAccountNumber') }} as customer_number,
        {{ text('SalesOrderNumber') }} as sales_order_number,
        {{ normalise_code('CurrencyCode') }} as transaction_currency,
        {{ amount('TotalInvoiceAmount') }} as amount_gross,
        {{ amount('TotalTaxAmount') }} as amount_tax,
        {{ rejection_reason([
            required('dataAreaId'),
            required('InvoiceNumber'),
            required('InvoiceDate', d365_date('InvoiceDate')),
            required('LedgerVoucher'),
            required('InvoiceCustomerAccountNumber'),
            required('CurrencyCode'),
            required('TotalInvoiceAmount', amount('TotalInvoiceAmount')),
            required('TotalTaxAmount', amount('TotalTaxAmount')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
