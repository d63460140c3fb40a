-- Grain: one row per customer and company code; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_s4hana__customer_companies')) }}
)

select * from final
