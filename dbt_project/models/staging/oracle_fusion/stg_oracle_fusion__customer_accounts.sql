-- Grain: one row per customer account; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__customer_accounts')) }}
)

select * from final
