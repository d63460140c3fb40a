-- Grain: one row per line of a credit memo; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_business_central__sales_credit_memo_lines')) }}
)

select * from final
