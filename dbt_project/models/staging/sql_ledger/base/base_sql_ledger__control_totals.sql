-- Grain: one row per entity and period, as summed by the database, current version.
with

source as (
    {{ current_rows(source('landed_sql_ledger', 'control_totals'), ['entity', 'fiscal_year', 'fiscal_period']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['entity', 'fiscal_year', 'fiscal_period']) }} as source_key,
        {{ normalise_code('entity') }} as source_entity_id,
        {{ whole_number('fiscal_year', 'integer') }} as fiscal_year,
        {{ whole_number('fiscal_period', 'integer') }} as fiscal_period,
        {{ whole_number('line_count') }} as line_count,
        {{ amount('debit') }} as amount_debit,
        {{ amount('credit') }} as amount_credit,
        {{ rejection_reason([
            required('entity'),
            required('fiscal_year', whole_number('fiscal_year', 'integer')),
            required('fiscal_period', whole_number('fiscal_period', 'integer')),
            required('line_count', whole_number('line_count')),
            required('debit', amount('debit')),
            required('credit', amount('credit')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
