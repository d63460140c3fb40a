-- Grain: one row per subscription, ended ones included. ended_date is the first day without service.
with

subscriptions as (
    select * from {{ ref('stg_chargebee__subscriptions') }}
    where not is_deleted
),

final as (
    select
        source_subscription_id,
        source_customer_id,
        source_entity_id,
        contract_number,
        case subscription_status
            when 'non_renewing' then 'active'
            when 'in_trial' then 'trialing'
            when 'cancelled' then 'canceled'
            else subscription_status
        end as subscription_status,
        start_date,
        ended_date,
        transaction_currency,
        subscription_status = 'non_renewing' as cancel_at_period_end,
        source_instance,
        load_id,
        recorded_at
    from subscriptions
)

select * from final
