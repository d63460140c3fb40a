-- Grain: one row per cost centre, current version.
-- last_valid_date is inclusive.
with

source as (
    {{ current_rows(source('landed_sql_ledger', 'cost_centres'), ['cost_centre']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['cost_centre']) }} as source_key,
        {{ normalise_code('cost_centre') }} as source_cost_centre_id,
        {{ text('name') }} as cost_centre_name,
        {{ normalise_code('entity') }} as source_entity_id,
        {{ normalise_code('profit_centre') }} as profit_centre_code,
        {{ file_date('valid_from') }} as valid_from,
        {{ file_date('valid_to') }} as last_valid_date,
        {{ rejection_reason([
            required('cost_centre'),
            castable('valid_from', file_date('valid_from')),
            castable('valid_to', file_date('valid_to')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
