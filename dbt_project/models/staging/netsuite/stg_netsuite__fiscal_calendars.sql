-- Grain: one row per fiscal calendar; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_netsuite__fiscal_calendars')) }}
)

select * from final
