-- Grain: one row per period of a fiscal year; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_d365_finance__fiscal_periods')) }}
)

select * from final
