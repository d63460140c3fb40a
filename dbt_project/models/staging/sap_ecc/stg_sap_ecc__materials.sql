-- Grain: one row per material; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_ecc__materials')) }}
)

select * from final
