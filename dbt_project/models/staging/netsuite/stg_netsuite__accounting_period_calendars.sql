-- Grain: one row per period and fiscal calendar it belongs to; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_netsuite__accounting_period_calendars')) }}
)

select * from final
