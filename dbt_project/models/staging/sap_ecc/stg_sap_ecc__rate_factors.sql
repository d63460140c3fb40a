-- Grain: one row per type, pair and first day of the factors; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_ecc__rate_factors')) }}
)

select * from final
