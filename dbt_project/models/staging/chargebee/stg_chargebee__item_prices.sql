-- Grain: one row per item price.
with

final as (
    {{ accepted_rows(ref('base_chargebee__item_prices')) }}
)

select * from final
