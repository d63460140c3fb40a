-- Grain: one row per tier of a charge, deleted ones included.
with

final as (
    {{ accepted_rows(ref('base_zuora__rate_plan_charge_tiers')) }}
)

select * from final
