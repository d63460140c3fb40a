-- Grain: one row per segment of a charge of a version of a subscription. In every version all charges come again under
-- other ids: what stays is the number of the charge and the name of the subscription. To add up more than the current
-- version counts a charge several times.
with

charges as (
    select * from {{ ref('stg_zuora__rate_plan_charges') }}
    where not is_deleted
),

plans as (
    select * from {{ ref('stg_zuora__rate_plans') }}
    where not is_deleted
),

versions as (
    select * from {{ ref('int_zuora__subscription_versions') }}
),

prices as (
    select * from {{ ref('int_zuora__prices') }}
),

-- A price with steps is none of a unit.
tiers as (
    select
        source_instance,
        source_charge_id,
        case when count(*) = 1 then max(unit_price_transaction) end as unit_price_transaction,
        case when count(*) = 1 then max(discount_percentage) end as discount_percentage,
        max(amount_discount_transaction) as amount_discount_transaction
    from {{ ref('stg_zuora__rate_plan_charge_tiers') }}
    where not is_deleted
    group by source_instance, source_charge_id
),

final as (
    select
        charges.source_charge_id,
        charges.charge_number as source_subscription_item_id,
        versions.source_subscription_id,
        versions.source_subscription_version_id,
        versions.is_current_version,
        versions.source_customer_id,
        versions.source_entity_id,
        versions.transaction_currency,
        charges.source_price_id,
        prices.source_product_id,
        plans.amendment_type,
        charges.charge_type,
        charges.is_discount,
        charges.is_on_recurring,
        charges.period,
        charges.period_unit,
        cast(charges.period * {{ months_of_interval('charges.period_unit') }} as {{ type_rate() }}) as interval_months,
        charges.quantity,
        charges.mrr,
        tiers.unit_price_transaction,
        tiers.discount_percentage,
        tiers.amount_discount_transaction,
        charges.segment_number,
        charges.effective_start_date,
        charges.effective_end_date,
        charges.source_instance,
        charges.load_id,
        charges.recorded_at
    from charges
    inner join plans
        on
            charges.source_instance = plans.source_instance
            and charges.source_rate_plan_id = plans.source_rate_plan_id
    inner join versions
        on
            plans.source_instance = versions.source_instance
            and plans.source_subscription_version_id = versions.source_subscription_version_id
    left join prices
        on
            charges.source_instance = prices.source_instance
            and charges.source_price_id = prices.source_price_id
    left join tiers
        on
            charges.source_instance = tiers.source_instance
            and charges.source_charge_id = tiers.source_charge_id
)

select * from final
