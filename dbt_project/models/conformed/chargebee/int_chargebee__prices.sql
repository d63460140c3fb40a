-- Grain: one row per item price, with what its item says: whether it is metered, and how usage adds up.
with

item_prices as (
    select * from {{ ref('stg_chargebee__item_prices') }}
),

items as (
    select * from {{ ref('stg_chargebee__items') }}
),

final as (
    select
        item_prices.source_price_id,
        item_prices.price_name,
        item_prices.source_product_id,
        case
            when item_prices.interval_months is null then 'one_off'
            when items.is_metered then 'usage'
            else 'recurring'
        end as charge_type,
        items.usage_calculation,
        item_prices.unit_price_transaction,
        item_prices.transaction_currency,
        item_prices.period,
        item_prices.period_unit,
        item_prices.interval_months,
        item_prices.source_instance,
        item_prices.load_id,
        item_prices.recorded_at
    from item_prices
    left join items
        on
            item_prices.source_instance = items.source_instance
            and item_prices.source_product_id = items.source_product_id
)

select * from final
