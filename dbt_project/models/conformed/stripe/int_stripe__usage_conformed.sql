-- Grain: one row per meter, customer and day. Rated with the metered price of the customer's subscription that ran on
-- the day; without one the usage is kept unrated (no price, no amount) and shows as usage nobody bills.
-- amount_rated_transaction is not rounded to minor units: an invoice rounds the sum of its period, once.
with

summaries as (
    select * from {{ ref('stg_stripe__meter_event_summaries') }}
),

subscriptions as (
    select * from {{ ref('stg_stripe__subscriptions') }}
),

subscription_items as (
    select * from {{ ref('stg_stripe__subscription_items') }}
),

meters as (
    select * from {{ ref('stg_stripe__meters') }}
),

prices as (
    select * from {{ ref('stg_stripe__prices') }}
    where charge_type = 'usage'
),

metered_items as (
    select
        subscriptions.source_instance,
        subscriptions.source_customer_id,
        subscriptions.source_entity_id,
        subscriptions.source_subscription_id,
        subscriptions.start_date,
        -- Never null: an `or` in the join below would make it compare every usage with every item.
        coalesce(subscriptions.ended_date, {{ open_end() }}) as ended_date,
        subscription_items.source_subscription_item_id,
        subscription_items.is_removed,
        prices.source_meter_id,
        prices.source_product_id,
        prices.unit_price_transaction,
        prices.transaction_currency
    from subscription_items
    inner join subscriptions
        on
            subscription_items.source_instance = subscriptions.source_instance
            and subscription_items.source_subscription_id = subscriptions.source_subscription_id
    inner join prices
        on
            subscription_items.source_instance = prices.source_instance
            and subscription_items.source_price_id = prices.source_price_id
),

-- Where two items meter the same day the one still there, of the subscription that began last, rates it: once.
ranked as (
    select
        summaries.*,
        metered_items.source_entity_id,
        metered_items.source_product_id,
        metered_items.unit_price_transaction,
        metered_items.transaction_currency,
        row_number() over (
            partition by summaries.source_instance, summaries.source_summary_id
            order by
                metered_items.is_removed asc,
                metered_items.start_date desc,
                metered_items.source_subscription_item_id desc
        ) as price_rank
    from summaries
    left join metered_items
        on
            summaries.source_instance = metered_items.source_instance
            and summaries.source_customer_id = metered_items.source_customer_id
            and summaries.source_meter_id = metered_items.source_meter_id
            and summaries.usage_date >= metered_items.start_date
            and summaries.usage_date < metered_items.ended_date
),

final as (
    select
        ranked.source_meter_id,
        meters.meter_name,
        ranked.source_customer_id,
        ranked.source_product_id,
        ranked.usage_date,
        ranked.quantity,
        ranked.unit_price_transaction,
        cast(round(ranked.quantity * ranked.unit_price_transaction, 4) as {{ type_amount() }})
            as amount_rated_transaction,
        ranked.transaction_currency,
        ranked.source_entity_id,
        ranked.source_instance,
        ranked.load_id,
        ranked.recorded_at
    from ranked
    left join meters
        on
            ranked.source_instance = meters.source_instance
            and ranked.source_meter_id = meters.source_meter_id
    where ranked.price_rank = 1
)

select * from final
