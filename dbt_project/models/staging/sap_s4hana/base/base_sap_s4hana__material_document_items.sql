-- Grain: one row per item of a material document, current version. quantity is signed by the side of the movement: what
-- comes in > 0, what goes out (a cancellation, a return) < 0.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'material_document_items'), [
        'MaterialDocumentYear', 'MaterialDocument', 'MaterialDocumentItem'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['MaterialDocumentYear', 'MaterialDocument', 'MaterialDocumentItem']) }} as source_key,
        {{ whole_number('MaterialDocumentYear', 'integer') }} as document_year,
        {{ normalise_code('MaterialDocument') }} as document_number,
        {{ normalise_code('MaterialDocumentItem') }} as line_number,
        {{ normalise_code('Material') }} as source_product_id,
        {{ text('Plant') }} as plant_code,
        {{ normalise_code('GoodsMovementType') }} as goods_movement_type,
        {{ normalise_code('PurchaseOrder') }} as source_order_id,
        {{ normalise_code('PurchaseOrderItem') }} as order_line_number,
        case DebitCreditCode
            when 'S' then abs({{ quantity('QuantityInEntryUnit') }})
            when 'H' then -abs({{ quantity('QuantityInEntryUnit') }})
        end as quantity,
        {{ normalise_code('EntryUnit') }} as quantity_unit,
        {{ rejection_reason([
            required('MaterialDocumentYear', whole_number('MaterialDocumentYear', 'integer')),
            required('MaterialDocument'),
            required('MaterialDocumentItem'),
            required('GoodsMovementType'),
            required('QuantityInEntryUnit', quantity('QuantityInEntryUnit')),
            rejected_when("coalesce(DebitCreditCode, '') not in ('S', 'H')",
                "'DebitCreditCode is neither S nor H: ' || coalesce(DebitCreditCode, '')"),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
