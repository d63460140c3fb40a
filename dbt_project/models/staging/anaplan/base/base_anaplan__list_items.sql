-- Grain: one row per member of a list of a planning model, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_anaplan', 'list_items'), ['listId', 'id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['listId', 'id']) }} as source_key,
        {{ text('list_name') }} as list_name,
        {{ text('listId') }} as source_list_id,
        {{ text('id') }} as source_member_id,
        {{ text('name') }} as member_name,
        {{ text('code') }} as member_code,
        {{ text('parentId') }} as parent_source_member_id,
        {{ rejection_reason([
            required('listId'),
            required('id'),
            required('list_name'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
