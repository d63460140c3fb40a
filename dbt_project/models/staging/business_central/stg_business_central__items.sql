-- Grain: one row per item of a company; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_business_central__items')) }}
)

select * from final
