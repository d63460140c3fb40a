-- Grain: one row per instance: the fiscal year its model stands in, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_anaplan', 'calendar'), ['fiscalYear']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['fiscalYear']) }} as source_key,
        {{ json_text('fiscalYear', 'year') }} as fiscal_year_name,
        {{ iso_date(json_text('fiscalYear', 'startDate')) }} as year_start_date,
        {{ iso_date(json_text('fiscalYear', 'endDate')) }} as year_end_date,
        {{ rejection_reason([
            required('fiscalYear'),
            castable('fiscalYear', json_document('fiscalYear')),
            rejected_when(iso_date(json_text('fiscalYear', 'startDate')) ~ ' is null', "'fiscalYear has no start'"),
            rejected_when(iso_date(json_text('fiscalYear', 'endDate')) ~ ' is null', "'fiscalYear has no end'"),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
