-- Grain: one row per currency; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_ecc__currency_decimals')) }}
)

select * from final
