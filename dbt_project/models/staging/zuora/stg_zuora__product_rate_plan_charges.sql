-- Grain: one row per charge of a plan.
with

final as (
    {{ accepted_rows(ref('base_zuora__product_rate_plan_charges')) }}
)

select * from final
