-- Grain: one row per event. What happened is the vendor's word; event_kind says which part of the business it belongs to.
with

events as (
    select * from {{ ref('stg_stripe__events') }}
),

final as (
    select
        source_event_id,
        source_event_type,
        case
            when source_event_type like 'customer.subscription%' or source_event_type like 'subscription_schedule%'
                then 'contract'
            when source_event_type like 'invoice%' or source_event_type like 'credit_note%' then 'invoice'
            when
                source_event_type like 'charge%'
                or source_event_type like 'payment%'
                or source_event_type like 'refund%'
                then 'payment'
            when source_event_type like 'payout%' then 'payout'
            when source_event_type like 'customer%' then 'customer'
            else 'other'
        end as event_kind,
        object_type,
        source_object_id,
        source_customer_id,
        occurred_at,
        source_instance,
        load_id,
        recorded_at
    from events
)

select * from final
