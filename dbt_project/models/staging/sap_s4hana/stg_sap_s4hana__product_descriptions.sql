-- Grain: one row per product and language; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_s4hana__product_descriptions')) }}
)

select * from final
