-- Grain: one row per customer of a company; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_business_central__customers')) }}
)

select * from final
