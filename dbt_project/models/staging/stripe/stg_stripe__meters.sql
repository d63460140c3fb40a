-- Grain: one row per meter.
with

final as (
    {{ accepted_rows(ref('base_stripe__meters')) }}
)

select * from final
