-- Grain: one row per metered charge of the catalogue, customer and day: what was reported, rated at the unit price of the
-- subscription's charge. Usage of a charge that is not known, or whose price has steps, has no amount and shows as usage
-- nobody rated.
-- amount_rated_transaction is not rounded to minor units: an invoice rounds the sum of its period, once.
with

usages as (
    select * from {{ ref('stg_zuora__usages') }}
    where not is_deleted
),

accounts as (
    select * from {{ ref('stg_zuora__accounts') }}
),

charges as (
    select * from {{ ref('int_zuora__charges') }}
),

prices as (
    select * from {{ ref('int_zuora__prices') }}
),

rated as (
    select
        usages.*,
        accounts.source_entity_id,
        charges.source_price_id,
        charges.source_product_id,
        charges.unit_price_transaction,
        charges.transaction_currency
    from usages
    left join accounts
        on
            usages.source_instance = accounts.source_instance
            and usages.source_customer_id = accounts.source_customer_id
    left join charges
        on
            usages.source_instance = charges.source_instance
            and usages.source_charge_id = charges.source_charge_id
),

daily as (
    select
        source_instance,
        source_price_id,
        source_customer_id,
        usage_date,
        min(source_entity_id) as source_entity_id,
        min(source_product_id) as source_product_id,
        min(transaction_currency) as transaction_currency,
        -- Subscriptions of a customer may have agreed on different prices.
        case when count(distinct unit_price_transaction) = 1 then max(unit_price_transaction) end
            as unit_price_transaction,
        cast(sum(quantity) as {{ type_quantity() }}) as quantity,
        case
            when count(*) = count(unit_price_transaction)
                then cast(sum(round(quantity * unit_price_transaction, 4)) as {{ type_amount() }})
        end as amount_rated_transaction,
        {{ newest_load_id('load_id', 'recorded_at') }} as load_id,
        max(recorded_at) as recorded_at
    from rated
    group by source_instance, source_price_id, source_customer_id, usage_date
),

final as (
    select
        daily.source_price_id as source_meter_id,
        prices.price_name as meter_name,
        daily.source_customer_id,
        daily.source_product_id,
        daily.usage_date,
        daily.quantity,
        daily.unit_price_transaction,
        daily.amount_rated_transaction,
        daily.transaction_currency,
        daily.source_entity_id,
        daily.source_instance,
        daily.load_id,
        daily.recorded_at
    from daily
    left join prices
        on
            daily.source_instance = prices.source_instance
            and daily.source_price_id = prices.source_price_id
)

select * from final
