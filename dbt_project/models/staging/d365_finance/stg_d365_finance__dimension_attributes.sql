-- Grain: one row per financial dimension; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_d365_finance__dimension_attributes')) }}
)

select * from final
