-- Grain: one row per rate type, pair of currencies and first day; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_d365_finance__exchange_rates')) }}
)

select * from final
