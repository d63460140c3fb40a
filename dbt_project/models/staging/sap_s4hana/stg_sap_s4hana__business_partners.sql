-- Grain: one row per business partner; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_s4hana__business_partners')) }}
)

select * from final
