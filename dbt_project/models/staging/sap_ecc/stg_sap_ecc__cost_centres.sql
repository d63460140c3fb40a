-- Grain: one row per cost centre and validity slice; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_ecc__cost_centres')) }}
)

select * from final
