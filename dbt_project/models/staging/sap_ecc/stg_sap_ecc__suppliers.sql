-- Grain: one row per supplier; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_ecc__suppliers')) }}
)

select * from final
