-- Grain: one row per vendor of a legal entity; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_d365_finance__vendors')) }}
)

select * from final
