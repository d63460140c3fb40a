-- Grain: one row per fiscal year of a calendar, as last landed.
with

source as (
    {{ current_rows(source('landed_d365_finance', 'fiscal_calendar_years'), ['Calendar', 'FiscalYear']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Calendar', 'FiscalYear']) }} as source_key,
        {{ normalise_code('Calendar') }} as fiscal_calendar_code,
        {{ text('FiscalYear') }} as fiscal_year_name,
        {{ d365_date('StartDate') }} as start_date,
        {{ d365_date('EndDate') }} as end_date,
        {{ rejection_reason([
            required('Calendar'),
            required('FiscalYear'),
            required('StartDate', d365_date('StartDate')),
            required('EndDate', d365_date('EndDate')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
