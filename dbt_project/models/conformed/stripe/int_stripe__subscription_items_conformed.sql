-- Grain: one row per item of a subscription as it is now; usage items have a price per unit and no quantity.
with

subscription_items as (
    select * from {{ ref('stg_stripe__subscription_items') }}
    where not is_removed
),

prices as (
    select * from {{ ref('stg_stripe__prices') }}
),

final as (
    select
        subscription_items.source_subscription_id,
        subscription_items.source_subscription_item_id,
        subscription_items.source_price_id,
        prices.source_product_id,
        prices.charge_type,
        subscription_items.quantity,
        prices.unit_price_transaction,
        prices.transaction_currency,
        prices.interval_months,
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
