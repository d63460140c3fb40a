-- Grain: one row per value of a dimension of a company; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_business_central__dimension_values')) }}
)

select * from final
