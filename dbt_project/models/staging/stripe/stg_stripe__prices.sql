-- Grain: one row per price.
with

final as (
    {{ accepted_rows(ref('base_stripe__prices')) }}
)

select * from final
