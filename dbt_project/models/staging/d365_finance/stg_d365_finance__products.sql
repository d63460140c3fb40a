-- Grain: one row per product released to a legal entity; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_d365_finance__products')) }}
)

select * from final
