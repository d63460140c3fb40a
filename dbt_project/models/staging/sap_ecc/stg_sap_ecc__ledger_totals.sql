-- Grain: one row per year, object and side, with a column per period; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_ecc__ledger_totals')) }}
)

select * from final
