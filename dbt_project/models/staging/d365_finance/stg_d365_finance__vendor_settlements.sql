-- Grain: one row per side of a settlement of vendor transactions; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_d365_finance__vendor_settlements')) }}
)

select * from final
