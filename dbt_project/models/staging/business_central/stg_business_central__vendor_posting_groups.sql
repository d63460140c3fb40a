-- Grain: one row per vendor posting group of a company; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_business_central__vendor_posting_groups')) }}
)

select * from final
