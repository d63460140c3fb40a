-- Grain: one row per product, current version.
with

source as (
    {{ current_rows(source('landed_sql_ledger', 'products'), ['product']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['product']) }} as source_key,
        {{ normalise_code('product') }} as source_product_id,
        {{ normalise_code('code') }} as product_code,
        {{ text('name') }} as product_name,
        {{ text('family') }} as source_product_group,
        {{ rejection_reason([
            required('product'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
