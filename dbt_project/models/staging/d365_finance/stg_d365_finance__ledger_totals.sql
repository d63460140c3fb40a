-- Grain: one row per ledger, period, layer, posting type and account; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_d365_finance__ledger_totals')) }}
)

select * from final
