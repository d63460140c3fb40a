-- Grain: one row per cost centre, language and validity slice; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_ecc__cost_centre_texts')) }}
)

select * from final
