-- Grain: one row per event of a billing system: what happened to which object, and when. An event never changes; what the
-- object is today is in the fact of the object.
with

events as (
    select * from {{ ref('all_billing_events') }}
),

customer_slices as (
    select * from {{ ref('customer_slices') }}
),

final as (
    select
        {{ surrogate_key(['events.source_instance', 'events.source_event_id']) }} as billing_event_id,
        events.source_event_id,
        events.source_event_type,
        events.event_kind,
        events.object_type,
        events.source_object_id,
        {{ member_id('events.source_customer_id', 'customer_slices.customer_id') }} as customer_id,
        events.source_customer_id,
        {{ is_member_known('events.source_customer_id', 'customer_slices.customer_id') }} as is_customer_known,
        events.occurred_at,
        cast(events.occurred_at as date) as event_date,
        events.source_instance,
        events.load_id,
        events.recorded_at
    from events
    left join customer_slices
        on
            events.source_instance = customer_slices.source_instance
            and events.source_customer_id = customer_slices.source_customer_id
            and {{ is_valid_on('cast(events.occurred_at as date)', 'customer_slices') }}
)

select * from final
