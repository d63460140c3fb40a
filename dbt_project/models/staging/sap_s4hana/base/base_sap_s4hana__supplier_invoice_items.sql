-- Grain: one row per purchase order item of a supplier invoice, current version.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'supplier_invoice_items'), [
        'SupplierInvoice', 'FiscalYear', 'SupplierInvoiceItem'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['SupplierInvoice', 'FiscalYear', 'SupplierInvoiceItem']) }} as source_key,
        {{ normalise_code('SupplierInvoice') }} as supplier_invoice_number,
        {{ whole_number('FiscalYear', 'integer') }} as fiscal_year,
        {{ normalise_code('SupplierInvoiceItem') }} as line_number,
        {{ normalise_code('PurchaseOrder') }} as source_order_id,
        {{ normalise_code('PurchaseOrderItem') }} as order_line_number,
        {{ normalise_code('DocumentCurrency') }} as transaction_currency,
        {{ amount('SupplierInvoiceItemAmount') }} as amount_net_transaction,
        {{ quantity('QuantityInPurchaseOrderUnit') }} as quantity,
        {{ rejection_reason([
            required('SupplierInvoice'),
            required('FiscalYear', whole_number('FiscalYear', 'integer')),
            required('SupplierInvoiceItem'),
            required('SupplierInvoiceItemAmount', amount('SupplierInvoiceItemAmount')),
            required('DocumentCurrency'),
            castable('QuantityInPurchaseOrderUnit', quantity('QuantityInPurchaseOrderUnit')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
