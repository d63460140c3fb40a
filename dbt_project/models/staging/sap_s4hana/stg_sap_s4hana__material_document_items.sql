-- Grain: one row per item of a material document; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_s4hana__material_document_items')) }}
)

select * from final
