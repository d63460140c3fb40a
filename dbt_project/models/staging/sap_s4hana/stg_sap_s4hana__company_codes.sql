-- Grain: one row per company code; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_s4hana__company_codes')) }}
)

select * from final
