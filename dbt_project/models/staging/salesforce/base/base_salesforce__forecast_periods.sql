-- Grain: one row per period of the forecast calendar, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_salesforce', 'forecast_periods'), ['Id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Id']) }} as source_key,
        {{ salesforce_id('Id') }} as source_period_id,
        lower({{ text('Type') }}) as period_type,
        {{ iso_date('StartDate') }} as period_start_date,
        {{ iso_date('EndDate') }} as period_end_date,
        {{ rejection_reason([
            required('Id', salesforce_id('Id')),
            required('Type'),
            required('StartDate', iso_date('StartDate')),
            required('EndDate', iso_date('EndDate')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
