-- Grain: one row per fiscal year of a calendar; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_d365_finance__fiscal_calendar_years')) }}
)

select * from final
