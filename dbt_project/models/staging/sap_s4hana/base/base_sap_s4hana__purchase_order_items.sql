-- Grain: one row per item of a purchase order, current version. price_amount is the net price of price_quantity units.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'purchase_order_items'), [
        'PurchaseOrder', 'PurchaseOrderItem'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['PurchaseOrder', 'PurchaseOrderItem']) }} as source_key,
        {{ normalise_code('PurchaseOrder') }} as source_order_id,
        {{ normalise_code('PurchaseOrderItem') }} as line_number,
        {{ text('PurchaseOrderItemText') }} as line_text,
        {{ normalise_code('Material') }} as source_product_id,
        {{ quantity('OrderQuantity') }} as quantity,
        {{ normalise_code('PurchaseOrderQuantityUnit') }} as quantity_unit,
        {{ unit_price('NetPriceAmount') }} as price_amount,
        {{ quantity('NetPriceQuantity') }} as price_quantity,
        {{ normalise_code('DocumentCurrency') }} as transaction_currency,
        coalesce({{ boolean('IsCompletelyDelivered') }}, false) as is_completely_delivered,
        coalesce({{ boolean('IsFinallyInvoiced') }}, false) as is_finally_invoiced,
        {{ normalise_code('AccountAssignmentCategory') }} as account_assignment_category,
        {{ rejection_reason([
            required('PurchaseOrder'),
            required('PurchaseOrderItem'),
            required('OrderQuantity', quantity('OrderQuantity')),
            required('NetPriceAmount', unit_price('NetPriceAmount')),
            required('NetPriceQuantity', quantity('NetPriceQuantity')),
            rejected_when(quantity('NetPriceQuantity') ~ ' = 0', "'NetPriceQuantity is 0'"),
            required('DocumentCurrency'),
            castable('IsCompletelyDelivered', boolean('IsCompletelyDelivered')),
            castable('IsFinallyInvoiced', boolean('IsFinallyInvoiced')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
