-- Grain: one row per type, pair and first day of an exchange rate; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_ecc__exchange_rates')) }}
)

select * from final
