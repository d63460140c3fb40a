-- Grain: one row per value of a financial dimension; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_d365_finance__dimension_values')) }}
)

select * from final
