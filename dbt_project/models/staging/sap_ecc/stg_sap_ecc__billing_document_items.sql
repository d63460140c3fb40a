-- Grain: one row per item of a billing document; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_ecc__billing_document_items')) }}
)

select * from final
