-- Grain: one row per event, with the reason to reject it if there is one.
-- The content holds several objects; the one the event is about is told by its type. Of the catalogue, of cards and the
-- like only the type is kept.
with

source as (
    {{ current_rows(source('landed_chargebee', 'events'), ['id']) }}
),

named as (
    select
        *,
        case
            when event_type like 'subscription%' then 'subscription'
            when event_type like 'contract_term%' then 'contract_term'
            when event_type like '%invoice%' then 'invoice'
            when event_type like 'credit_note%' then 'credit_note'
            when event_type like 'payment_source%' then null
            when event_type like 'payment%' or event_type like 'refund%' or event_type like 'transaction%'
                then 'transaction'
            when event_type like 'customer%' then 'customer'
        end as object_type,
        {{ row_as_json('source') }} as payload
    from source
),

unpacked as (
    select
        named.*,
        case named.object_type
            when 'subscription' then {{ json_text('content', 'subscription.id') }}
            when 'contract_term' then {{ json_text('content', 'contract_term.id') }}
            when 'invoice' then {{ json_text('content', 'invoice.id') }}
            when 'credit_note' then {{ json_text('content', 'credit_note.id') }}
            when 'transaction' then {{ json_text('content', 'transaction.id') }}
            when 'customer' then {{ json_text('content', 'customer.id') }}
        end as source_object_id,
        coalesce(
            {{ json_text('content', 'customer.id') }}, {{ json_text('content', 'subscription.customer_id') }},
            {{ json_text('content', 'invoice.customer_id') }}, {{ json_text('content', 'credit_note.customer_id') }},
            {{ json_text('content', 'transaction.customer_id') }}
        ) as source_customer_id
    from named
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_event_id,
        {{ text('event_type') }} as source_event_type,
        {{ unix_timestamp('occurred_at') }} as occurred_at,
        object_type,
        source_object_id,
        source_customer_id,
        {{ rejection_reason([
            required('id'),
            required('event_type'),
            required('occurred_at', unix_timestamp('occurred_at')),
            castable('content', json_document('content')),
        ]) }} as rejection_reason,
        {{ evidence('payload') }} as payload
    from unpacked
)

select * from final
