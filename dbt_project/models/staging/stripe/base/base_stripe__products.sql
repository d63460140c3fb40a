-- Grain: one row per product, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_stripe', 'products'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_product_id,
        {{ normalise_code(json_text('metadata', 'product_code')) }} as product_code,
        {{ text('name') }} as product_name,
        {{ json_text('metadata', 'product_family') }} as source_product_group,
        {{ rejection_reason([
            required('id'),
            required('name'),
            castable('metadata', json_document('metadata')),
            rejected_when("lower(livemode) = 'false'", "'test mode, not live'"),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
