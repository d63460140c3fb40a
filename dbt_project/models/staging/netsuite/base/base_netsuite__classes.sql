-- Grain: one row per class (line of business).
with

source as (
    {{ current_rows(source('landed_netsuite', 'classes'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as class_id,
        {{ text('fullname') }} as class_name,
        coalesce({{ netsuite_flag('isinactive') }}, false) as is_inactive,
        {{ rejection_reason([
            required('id'),
            required('fullname'),
            castable('isinactive', netsuite_flag('isinactive')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
