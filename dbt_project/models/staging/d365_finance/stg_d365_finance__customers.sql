-- Grain: one row per customer of a legal entity; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_d365_finance__customers')) }}
)

select * from final
