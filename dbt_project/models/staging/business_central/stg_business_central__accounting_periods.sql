-- Grain: one row per accounting period of a company; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_business_central__accounting_periods')) }}
)

select * from final
