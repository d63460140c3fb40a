-- Grain: one row per business partner and address; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_s4hana__business_partner_addresses')) }}
)

select * from final
