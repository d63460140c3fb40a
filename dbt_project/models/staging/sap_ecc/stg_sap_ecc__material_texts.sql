-- Grain: one row per material and language; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_ecc__material_texts')) }}
)

select * from final
