-- Grain: one row per billing document; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_s4hana__billing_documents')) }}
)

select * from final
