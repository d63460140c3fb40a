-- Grain: one row per customer posting group of a company; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_business_central__customer_posting_groups')) }}
)

select * from final
