-- Grain: one row per item of an accounting document; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_ecc__document_items')) }}
)

select * from final
