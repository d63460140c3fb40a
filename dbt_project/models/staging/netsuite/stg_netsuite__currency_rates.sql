-- Grain: one row per currency, base currency and day: what one unit of the currency costs; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_netsuite__currency_rates')) }}
)

select * from final
