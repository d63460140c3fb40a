-- Grain: one row per product of an order, deleted ones included, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_salesforce', 'order_items'), ['Id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Id']) }} as source_key,
        {{ salesforce_id('Id') }} as source_order_item_id,
        {{ salesforce_id('OrderId') }} as source_order_id,
        {{ salesforce_id('Product2Id') }} as source_product_id,
        {{ quantity('Quantity') }} as quantity,
        {{ amount('TotalPrice') }} as amount_transaction,
        {{ boolean('IsDeleted') }} as is_deleted,
        {{ rejection_reason([
            required('Id', salesforce_id('Id')),
            required('OrderId', salesforce_id('OrderId')),
            castable('Product2Id', salesforce_id('Product2Id')),
            castable('Quantity', quantity('Quantity')),
            required('TotalPrice', amount('TotalPrice')),
            required('IsDeleted', boolean('IsDeleted')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
