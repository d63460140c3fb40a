-- Grain: one row per period of the forecast calendar.
with

final as (
    {{ accepted_rows(ref('base_salesforce__forecast_periods')) }}
)

select * from final
