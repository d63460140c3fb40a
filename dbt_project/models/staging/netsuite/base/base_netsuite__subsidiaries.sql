-- Grain: one row per subsidiary.
with

source as (
    {{ current_rows(source('landed_netsuite', 'subsidiaries'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_entity_id,
        {{ text('name') }} as entity_name,
        {{ text('legalname') }} as legal_name,
        {{ normalise_code('country') }} as country_code,
        {{ text('currency') }} as currency_id,
        {{ text('fiscalcalendar') }} as fiscal_calendar_id,
        {{ text('parent') }} as parent_source_entity_id,
        coalesce({{ netsuite_flag('iselimination') }}, false) as is_elimination,
        coalesce({{ netsuite_flag('isinactive') }}, false) as is_inactive,
        {{ tax_id('federalidnumber') }} as tax_id,
        {{ rejection_reason([
            required('id'),
            required('name'),
            required('country'),
            required('currency'),
            required('fiscalcalendar'),
            castable('iselimination', netsuite_flag('iselimination')),
            castable('isinactive', netsuite_flag('isinactive')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
