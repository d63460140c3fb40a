-- Grain: one row per legal entity, current version.
with

source as (
    {{ current_rows(source('landed_sql_ledger', 'entities'), ['entity']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['entity']) }} as source_key,
        {{ normalise_code('entity') }} as source_entity_id,
        {{ text('name') }} as entity_name,
        {{ normalise_code('country') }} as country_code,
        {{ normalise_code('currency') }} as local_currency,
        {{ whole_number('first_month', 'integer') }} as first_month,
        {{ rejection_reason([
            required('entity'),
            required('country'),
            required('currency'),
            castable('first_month', whole_number('first_month', 'integer')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
