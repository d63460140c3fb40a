-- Grain: one row per item price of a subscription as it is now; usage items have a price per unit and no quantity.
with

subscription_items as (
    select * from {{ ref('stg_chargebee__subscription_items') }}
    where not is_removed
),

prices as (
    select * from {{ ref('int_chargebee__prices') }}
),

final as (
    select
        subscription_items.source_subscription_id,
        -- An item has no id of its own: it goes by its subscription and its price.
        {{ natural_key(['subscription_items.source_subscription_id', 'subscription_items.source_price_id']) }}
            as source_subscription_item_id,
        subscription_items.source_price_id,
        prices.source_product_id,
        prices.charge_type,
        subscription_items.quantity,
        prices.unit_price_transaction,
        prices.transaction_currency,
        case when prices.charge_type = 'recurring' then prices.interval_months end as interval_months,
        subscription_items.source_instance,
        subscription_items.load_id,
        subscription_items.recorded_at
    from subscription_items
    left join prices
        on
            subscription_items.source_instance = prices.source_instance
            and subscription_items.source_price_id = prices.source_price_id
)

select * from final
