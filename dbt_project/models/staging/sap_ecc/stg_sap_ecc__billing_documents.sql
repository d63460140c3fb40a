-- Grain: one row per billing document; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_ecc__billing_documents')) }}
)

select * from final
