-- Grain: one row per subscription, ended ones included. ended_date is the first day without service.
-- One that is cancelled for a day to come runs until then.
with

versions as (
    select * from {{ ref('int_zuora__subscription_versions') }}
    where is_current_version
),

final as (
    select
        source_subscription_id,
        source_customer_id,
        source_entity_id,
        contract_number,
        case
            when end_date <= {{ as_of_date() }} then 'canceled'
            when subscription_status in ('draft', 'pendingactivation', 'pendingacceptance') then 'future'
            when subscription_status = 'suspended' then 'paused'
            else 'active'
        end as subscription_status,
        start_date,
        case when end_date <= {{ as_of_date() }} then end_date end as ended_date,
        transaction_currency,
        coalesce(end_date > {{ as_of_date() }}, false) as cancel_at_period_end,
        source_instance,
        load_id,
        recorded_at
    from versions
)

select * from final
