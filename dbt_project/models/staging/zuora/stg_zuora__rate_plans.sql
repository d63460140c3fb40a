-- Grain: one row per plan of a version, deleted ones included.
with

final as (
    {{ accepted_rows(ref('base_zuora__rate_plans')) }}
)

select * from final
