-- Grain: one row per product (material), current version.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'products'), ['Product']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Product']) }} as source_key,
        {{ normalise_code('Product') }} as source_product_id,
        {{ normalise_code('ProductType') }} as product_type,
        {{ normalise_code('ProductGroup') }} as product_group,
        {{ normalise_code('BaseUnit') }} as base_unit,
        {{ normalise_code('Division') }} as division_code,
        {{ sap_date('CreationDate') }} as created_date,
        {{ sap_timestamp('LastChangeDateTime') }} as modified_at,
        coalesce({{ boolean('IsMarkedForDeletion') }}, false) as is_deleted,
        {{ rejection_reason([
            required('Product'),
            castable('CreationDate', sap_date('CreationDate')),
            castable('LastChangeDateTime', sap_timestamp('LastChangeDateTime')),
            castable('IsMarkedForDeletion', boolean('IsMarkedForDeletion')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
