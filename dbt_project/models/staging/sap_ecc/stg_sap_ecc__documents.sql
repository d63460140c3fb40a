-- Grain: one row per accounting document; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_ecc__documents')) }}
)

select * from final
