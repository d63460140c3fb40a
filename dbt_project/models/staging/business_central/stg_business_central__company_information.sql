-- Grain: one row per company; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_business_central__company_information')) }}
)

select * from final
