-- Grain: one row per financial dimension, as last landed.
with

source as (
    {{ current_rows(source('landed_d365_finance', 'dimension_attributes'), ['DimensionName']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['DimensionName']) }} as source_key,
        {{ normalise_code('DimensionName') }} as dimension_code,
        {{ text('ViewName') }} as view_name,
        {{ rejection_reason([
            required('DimensionName'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
