-- Grain: one row per period of a fiscal year, as last landed.
with

source as (
    {{ current_rows(source('landed_d365_finance', 'fiscal_periods'), ['SourceKey']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['SourceKey']) }} as source_key,
        {{ whole_number('SourceKey') }} as period_record_id,
        {{ whole_number('FiscalCalendar') }} as calendar_record_id,
        {{ whole_number('FiscalCalendarYear') }} as year_record_id,
        {{ text('Name') }} as period_name,
        {{ d365_date('StartDate') }} as start_date,
        {{ d365_date('EndDate') }} as end_date,
        {{ d365_enum('Type', d365_period_types()) }} as period_type,
        {{ rejection_reason([
            required('SourceKey', whole_number('SourceKey')),
            required('FiscalCalendar', whole_number('FiscalCalendar')),
            required('FiscalCalendarYear', whole_number('FiscalCalendarYear')),
            required('StartDate', d365_date('StartDate')),
            required('EndDate', d365_date('EndDate')),
            required('Type', d365_enum('Type', d365_period_types())),
            rejected_when(d365_enum('Type', d365_period_types()) ~ " not in ('Opening', 'Operating', 'Closing')",
                          "'Type is unknown: ' || Type"),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
