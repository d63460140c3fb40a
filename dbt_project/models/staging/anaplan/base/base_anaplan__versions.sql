-- Grain: one row per version of a planning model, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_anaplan', 'versions'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_version_id,
        {{ text('name') }} as version_name,
        {{ boolean('isActual') }} as is_actual,
        {{ rejection_reason([
            required('id'),
            required('name'),
            castable('isActual', boolean('isActual')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
