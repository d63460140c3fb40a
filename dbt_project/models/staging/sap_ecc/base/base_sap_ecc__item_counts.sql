-- Grain: one row per company code and period, as counted by the database, current version.
with

source as (
    {{ current_rows(source('landed_sap_ecc', 'item_counts'), ['BUKRS', 'GJAHR', 'MONAT']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['BUKRS', 'GJAHR', 'MONAT']) }} as source_key,
        {{ text('BUKRS') }} as source_entity_id,
        {{ whole_number('GJAHR', 'integer') }} as fiscal_year,
        {{ whole_number('MONAT', 'integer') }} as fiscal_period,
        {{ whole_number('item_count') }} as line_count,
        {{ rejection_reason([
            required('BUKRS'),
            required('GJAHR', whole_number('GJAHR', 'integer')),
            required('MONAT', whole_number('MONAT', 'integer')),
            required('item_count', whole_number('item_count')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
