-- Grain: one row per material document and year; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_s4hana__material_documents')) }}
)

select * from final
