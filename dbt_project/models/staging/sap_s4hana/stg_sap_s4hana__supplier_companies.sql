-- Grain: one row per supplier and company code; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_s4hana__supplier_companies')) }}
)

select * from final
