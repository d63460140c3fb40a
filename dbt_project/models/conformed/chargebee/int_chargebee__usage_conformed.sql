-- Grain: one row per metered item price, customer and day: what was reported, rated at the price. A metered price is the
-- meter. Usage is only worth its sum where the item adds usage up; where it takes the last or the highest of a period, or
-- where the price has tiers, the day has no amount and shows as usage nobody rated.
-- amount_rated_transaction is not rounded to minor units: an invoice rounds the sum of its period, once.
with

usages as (
    select * from {{ ref('stg_chargebee__usages') }}
),

subscriptions as (
    select * from {{ ref('stg_chargebee__subscriptions') }}
),

prices as (
    select * from {{ ref('int_chargebee__prices') }}
),

daily as (
    select
        usages.source_instance,
        usages.source_price_id,
        -- A subscription that is not known yet stands in for its customer.
        coalesce(subscriptions.source_customer_id, usages.source_subscription_id) as source_customer_id,
        usages.usage_date,
        min(subscriptions.source_entity_id) as source_entity_id,
        cast(sum(usages.quantity) as {{ type_quantity() }}) as quantity,
        {{ newest_load_id('usages.load_id', 'usages.recorded_at') }} as load_id,
        max(usages.recorded_at) as recorded_at
    from usages
    left join subscriptions
        on
            usages.source_instance = subscriptions.source_instance
            and usages.source_subscription_id = subscriptions.source_subscription_id
    group by
        usages.source_instance,
        usages.source_price_id,
        coalesce(subscriptions.source_customer_id, usages.source_subscription_id),
        usages.usage_date
),

priced as (
    select
        daily.*,
        prices.price_name,
        prices.source_product_id,
        prices.transaction_currency,
        case
            when coalesce(prices.usage_calculation, 'sum_of_usages') = 'sum_of_usages'
                then prices.unit_price_transaction
        end as unit_price_transaction
    from daily
    left join prices
        on
            daily.source_instance = prices.source_instance
            and daily.source_price_id = prices.source_price_id
),

final as (
    select
        source_price_id as source_meter_id,
        price_name as meter_name,
        source_customer_id,
        source_product_id,
        usage_date,
        quantity,
        unit_price_transaction,
        cast(round(quantity * unit_price_transaction, 4) as {{ type_amount() }}) as amount_rated_transaction,
        transaction_currency,
        source_entity_id,
        source_instance,
        load_id,
        recorded_at
    from priced
)

select * from final
