-- Grain: one row per side of a settlement of customer transactions; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_d365_finance__customer_settlements')) }}
)

select * from final
