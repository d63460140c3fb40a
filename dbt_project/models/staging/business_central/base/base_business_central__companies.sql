-- Grain: one row per company, as last landed.
with

source as (
    {{ current_rows(source('landed_business_central', 'companies'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ business_central_id('id') }} as company_id,
        {{ normalise_code('name') }} as source_entity_id,
        {{ text('displayName') }} as company_name,
        {{ rejection_reason([
            required('id', business_central_id('id')),
            required('name'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
