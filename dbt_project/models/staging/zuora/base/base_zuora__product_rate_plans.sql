-- Grain: one row per plan of a product, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_zuora', 'product_rate_plans'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_product_plan_id,
        {{ text('productId') }} as source_product_id,
        {{ text('name') }} as plan_name,
        {{ rejection_reason([
            required('id'),
            required('productId'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
