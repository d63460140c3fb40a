-- Grain: one row per transaction of a vendor; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_d365_finance__vendor_transactions')) }}
)

select * from final
