-- Grain: one row per ledger, company code, period and side, as summed by the server; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_s4hana__control_totals')) }}
)

select * from final
