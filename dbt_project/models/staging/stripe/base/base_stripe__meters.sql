-- Grain: one row per meter, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_stripe', 'meters'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_meter_id,
        {{ text('display_name') }} as meter_name,
        {{ rejection_reason([
            required('id'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
