-- Grain: one row per product; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_s4hana__products')) }}
)

select * from final
