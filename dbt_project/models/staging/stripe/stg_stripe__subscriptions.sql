-- Grain: one row per subscription, ended ones included.
with

base as (
    select * from {{ ref('base_stripe__subscriptions') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_subscription_id,
        source_customer_id,
        source_entity_id,
        contract_number,
        subscription_status,
        start_date,
        ended_date,
        transaction_currency,
        cancel_at_period_end
    from base
    where rejection_reason is null
)

select * from final
