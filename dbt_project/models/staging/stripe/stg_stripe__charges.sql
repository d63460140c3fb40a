-- Grain: one row per charge, failed ones included.
with

final as (
    {{ accepted_rows(ref('base_stripe__charges')) }}
)

select * from final
