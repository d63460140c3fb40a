-- Grain: one row per product released to a legal entity, as last landed.
with

source as (
    {{ current_rows(source('landed_d365_finance', 'products'), ['dataAreaId', 'ItemNumber']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['dataAreaId', 'ItemNumber']) }} as source_key,
        {{ normalise_code('dataAreaId') }} as source_entity_id,
        {{ normalise_code('ItemNumber') }} as item_number,
        {{ normalise_code('ProductNumber') }} as product_code,
        {{ text('ProductSearchName') }} as product_name,
        {{ normalise_code('ProductGroupId') }} as product_group,
        {{ d365_enum('ProductType', {}) }} as product_type,
        {{ rejection_reason([
            required('dataAreaId'),
            required('ItemNumber'),
            required('ProductNumber'),
            castable('ProductType', d365_enum('ProductType', {})),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
