-- Grain: one row per item of a sales order, current version.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'sales_order_items'), ['SalesOrder', 'SalesOrderItem']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['SalesOrder', 'SalesOrderItem']) }} as source_key,
        {{ normalise_code('SalesOrder') }} as source_order_id,
        {{ normalise_code('SalesOrderItem') }} as line_number,
        {{ normalise_code('SalesOrderItemCategory') }} as item_category,
        {{ normalise_code('Material') }} as source_product_id,
        {{ text('SalesOrderItemText') }} as line_text,
        {{ quantity('RequestedQuantity') }} as quantity,
        {{ normalise_code('RequestedQuantityUnit') }} as quantity_unit,
        {{ amount('NetAmount') }} as amount_net_transaction,
        {{ normalise_code('TransactionCurrency') }} as transaction_currency,
        {{ normalise_code('ProfitCenter') }} as profit_centre_code,
        {{ normalise_code('SalesDocumentRjcnReason') }} as rejection_reason_code,
        {{ normalise_code('SDProcessStatus') }} as process_status,
        {{ normalise_code('DeliveryStatus') }} as delivery_status,
        {{ normalise_code('OrderRelatedBillingStatus') }} as billing_status,
        {{ rejection_reason([
            required('SalesOrder'),
            required('SalesOrderItem'),
            required('RequestedQuantity', quantity('RequestedQuantity')),
            required('NetAmount', amount('NetAmount')),
            required('TransactionCurrency'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
