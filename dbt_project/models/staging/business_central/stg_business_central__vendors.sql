-- Grain: one row per vendor of a company; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_business_central__vendors')) }}
)

select * from final
