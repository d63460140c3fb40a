-- Grain: one row per line there is, current version.
with

source as (
    {{ current_rows(source('landed_sql_ledger', 'journal_line_keys'), [
        'entity', 'fiscal_year', 'document_number', 'line_number'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['entity', 'fiscal_year', 'document_number', 'line_number']) }} as source_key,
        {{ normalise_code('entity') }} as source_entity_id,
        {{ whole_number('fiscal_year', 'integer') }} as fiscal_year,
        {{ normalise_code('document_number') }} as document_number,
        {{ normalise_code('line_number') }} as line_number,
        {{ rejection_reason([
            required('entity'),
            castable('fiscal_year', whole_number('fiscal_year', 'integer')),
            required('document_number'),
            required('line_number'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
