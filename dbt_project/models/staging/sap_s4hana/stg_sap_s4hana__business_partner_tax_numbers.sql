-- Grain: one row per business partner and kind of tax number; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_s4hana__business_partner_tax_numbers')) }}
)

select * from final
