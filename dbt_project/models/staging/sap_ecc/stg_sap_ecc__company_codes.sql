-- Grain: one row per company code; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_ecc__company_codes')) }}
)

select * from final
