-- Grain: one row per account of a company; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_business_central__accounts')) }}
)

select * from final
