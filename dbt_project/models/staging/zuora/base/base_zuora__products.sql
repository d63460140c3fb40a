-- Grain: one row per product, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_zuora', 'products'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_product_id,
        {{ normalise_code('sKU') }} as product_code,
        {{ text('name') }} as product_name,
        {{ text('category') }} as source_product_group,
        {{ rejection_reason([
            required('id'),
            required('name'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
