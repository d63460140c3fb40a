-- Grain: one row per item sold or bought.
with

source as (
    {{ current_rows(source('landed_netsuite', 'items'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as item_id,
        {{ normalise_code('itemid') }} as product_code,
        {{ text('displayname') }} as product_name,
        {{ normalise_code('itemtype') }} as item_type,
        coalesce({{ netsuite_flag('isinactive') }}, false) as is_inactive,
        {{ rejection_reason([
            required('id'),
            required('itemid'),
            castable('isinactive', netsuite_flag('isinactive')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
