-- Grain: one row per event. What happened is the vendor's word; event_kind says which part of the business it belongs to.
with

events as (
    select * from {{ ref('stg_chargebee__events') }}
),

final as (
    select
        source_event_id,
        source_event_type,
        case
            when object_type in ('subscription', 'contract_term') then 'contract'
            when object_type in ('invoice', 'credit_note') then 'invoice'
            when object_type = 'transaction' then 'payment'
            when object_type = 'customer' then 'customer'
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
