-- Grain: one row per ledger entry of a vendor; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_business_central__vendor_ledger_entries')) }}
)

select * from final
