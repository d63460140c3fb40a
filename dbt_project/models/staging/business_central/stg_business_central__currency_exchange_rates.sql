-- Grain: one row per currency and starting date of a company; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_business_central__currency_exchange_rates')) }}
)

select * from final
