-- Grain: one row per ledger of a legal entity; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_d365_finance__ledgers')) }}
)

select * from final
