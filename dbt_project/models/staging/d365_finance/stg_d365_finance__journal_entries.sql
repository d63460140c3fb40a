-- Grain: one row per posted entry of the general ledger; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_d365_finance__journal_entries')) }}
)

select * from final
