-- Grain: one row per segment of a charge of a version, deleted ones included.
with

final as (
    {{ accepted_rows(ref('base_zuora__rate_plan_charges')) }}
)

select * from final
