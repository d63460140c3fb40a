-- Grain: one row per delivery of an item of a purchase order, current version.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'purchase_order_schedule_lines'), [
        'PurchasingDocument', 'PurchasingDocumentItem', 'ScheduleLine'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['PurchasingDocument', 'PurchasingDocumentItem', 'ScheduleLine']) }} as source_key,
        {{ normalise_code('PurchasingDocument') }} as source_order_id,
        {{ normalise_code('PurchasingDocumentItem') }} as line_number,
        {{ normalise_code('ScheduleLine') }} as schedule_line_number,
        {{ sap_date('ScheduleLineDeliveryDate') }} as delivery_date,
        {{ quantity('ScheduleLineOrderQuantity') }} as quantity,
        {{ normalise_code('PurchaseOrderQuantityUnit') }} as quantity_unit,
        {{ rejection_reason([
            required('PurchasingDocument'),
            required('PurchasingDocumentItem'),
            required('ScheduleLine'),
            castable('ScheduleLineDeliveryDate', sap_date('ScheduleLineDeliveryDate')),
            required('ScheduleLineOrderQuantity', quantity('ScheduleLineOrderQuantity')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
