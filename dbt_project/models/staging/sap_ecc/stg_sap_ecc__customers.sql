-- Grain: one row per customer; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_ecc__customers')) }}
)

select * from final
