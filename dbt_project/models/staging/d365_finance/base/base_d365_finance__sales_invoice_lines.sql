-- Grain: one row per line of a sales invoice, as last landed.
with

source as (
    {{ current_rows(
        source('landed_d365_finance', 'sales_invoice_lines'),
        ['dataAreaId', 'InvoiceNumber', 'InvoiceDate', 'LedgerVoucher', 'LineCreationSequenceNumber']
    ) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(
            ['dataAreaId', 'InvoiceNumber', 'InvoiceDate', 'LedgerVoucher', 'LineCreationSequenceNumber']
        ) }} as source_key,
        {{ normalise_code('dataAreaId') }} as source_entity_id,
        {{ text('InvoiceNumber') }} as invoice_number,
        {{ d365_date('InvoiceDate') }} as invoice_date,
        {{ text('LedgerVoucher') }} as voucher,
        {{ whole_number('LineCreationSequenceNumber') }} as line_number,
        {{ normalise_code('ProductNumber') }} as product_code,
        {{ text('ProductName') }} as product_name,
        {{ quantity('InvoicedQuantity') }} as quantity,
        {{ amount('LineAmount') }} as amount_net,
        {{ amount('LineTotalDiscountAmount') }} as amount_discount,
        {{ amount('LineTotalTaxAmount') }} as amount_tax,
        {{ normalise_code('CurrencyCode') }} as transaction_currency,
        {{ rejection_reason([
            required('dataAreaId'),
            required('InvoiceNumber'),
            required('InvoiceDate', d365_date('InvoiceDate')),
            required('LedgerVoucher'),
            required('LineCreationSequenceNumber', whole_number('LineCreationSequenceNumber')),
            required('InvoicedQuantity', quantity('InvoicedQuantity')),
            required('LineAmount', amount('LineAmount')),
            castable('LineTotalDiscountAmount', amount('LineTotalDiscountAmount')),
            castable('LineTotalTaxAmount', amount('LineTotalTaxAmount')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
