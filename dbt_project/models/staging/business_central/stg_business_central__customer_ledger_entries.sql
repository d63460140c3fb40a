-- Grain: one row per ledger entry of a customer; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_business_central__customer_ledger_entries')) }}
)

select * from final
