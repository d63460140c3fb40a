-- Grain: one row per department (cost centre).
-- Departments have no dates, and one may serve several subsidiaries: source_entity_ids is a list such as 1, 2.
with

source as (
    {{ current_rows(source('landed_netsuite', 'departments'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_cost_centre_id,
        {{ text('fullname') }} as cost_centre_name,
        {{ text('subsidiary') }} as source_entity_ids,
        {{ netsuite_flag('isinactive') }} as is_inactive,
        {{ netsuite_timestamp('lastmodifieddate') }} as modified_at,
        {{ rejection_reason([
            required('id'),
            required('fullname'),
            required('isinactive', netsuite_flag('isinactive')),
            required('lastmodifieddate', netsuite_timestamp('lastmodifieddate')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
