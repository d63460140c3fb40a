-- Grain: one row per subscription, ended ones included. ended_date is the first day without service.
with

subscriptions as (
    select * from {{ ref('all_subscriptions') }}
),

entity_crosswalk as (
    select * from {{ ref('entity_crosswalk') }}
),

customer_slices as (
    select * from {{ ref('customer_slices') }}
),

final as (
    select
        {{ surrogate_key(['subscriptions.source_instance', 'subscriptions.source_subscription_id']) }}
            as subscription_id,
        subscriptions.source_subscription_id,
        {{ member_id('subscriptions.source_customer_id', 'customer_slices.customer_id') }} as customer_id,
        subscriptions.source_customer_id,
        {{ is_member_known('subscriptions.source_customer_id', 'customer_slices.customer_id') }}
            as is_customer_known,
        {{ entity_columns('subscriptions.source_entity_id') }},
        subscriptions.contract_number,
        subscriptions.subscription_status,
        subscriptions.start_date,
        subscriptions.ended_date,
        subscriptions.transaction_currency,
        subscriptions.cancel_at_period_end,
        subscriptions.source_instance,
        subscriptions.source_entity_id,
        subscriptions.load_id,
        subscriptions.recorded_at
    from subscriptions
    left join entity_crosswalk
        on
            subscriptions.source_instance = entity_crosswalk.source_instance
            and subscriptions.source_entity_id = entity_crosswalk.source_entity_id
            and {{ is_valid_on('coalesce(subscriptions.start_date, ' ~ as_of_date() ~ ')', 'entity_crosswalk') }}
    left join customer_slices
        on
            subscriptions.source_instance = customer_slices.source_instance
            and subscriptions.source_customer_id = customer_slices.source_customer_id
            and {{ is_valid_on('coalesce(subscriptions.start_date, ' ~ as_of_date() ~ ')', 'customer_slices') }}
)

select * from final
