-- Grain: one row per period and fiscal calendar it belongs to.
with

source as (
    {{ current_rows(source('landed_netsuite', 'accounting_period_calendars'), ['accountingperiod', 'fiscalcalendar']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['accountingperiod', 'fiscalcalendar']) }} as source_key,
        {{ text('accountingperiod') }} as accounting_period_id,
        {{ text('fiscalcalendar') }} as fiscal_calendar_id,
        {{ text('parent') }} as parent_accounting_period_id,
        {{ rejection_reason([
            required('accountingperiod'),
            required('fiscalcalendar'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
