-- Grain: one row per subscription, ended ones included. ended_date is the first day without service.
with

subscriptions as (
    select * from {{ ref('stg_stripe__subscriptions') }}
),

final as (
    select
        source_subscription_id,
        source_customer_id,
        source_entity_id,
        contract_number,
        subscription_status,
        start_date,
        ended_date,
        transaction_currency,
        cancel_at_period_end,
        source_instance,
        load_id,
        recorded_at
    from subscriptions
)

select * from final
