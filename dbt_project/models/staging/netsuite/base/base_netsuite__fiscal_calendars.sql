-- Grain: one row per fiscal calendar.
with

source as (
    {{ current_rows(source('landed_netsuite', 'fiscal_calendars'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as fiscal_calendar_id,
        {{ text('name') }} as fiscal_calendar_name,
        {{ normalise_code('fiscalmonth') }} as first_month,
        {{ rejection_reason([
            required('id'),
            required('fiscalmonth'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
