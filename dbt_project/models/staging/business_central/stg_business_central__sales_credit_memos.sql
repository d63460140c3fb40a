-- Grain: one row per posted credit memo; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_business_central__sales_credit_memos')) }}
)

select * from final
