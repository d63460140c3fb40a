-- Grain: one row per event, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_stripe', 'events'), ['id']) }}
),

unpacked as (
    select
        source.*,
        {{ json_text('data', 'object.object') }} as object_type,
        {{ json_text('data', 'object.id') }} as object_id,
        {{ json_text('data', 'object.customer') }} as customer,
        {{ json_text('data', 'object.customer.id') }} as expanded_customer,
        {{ row_as_json('source') }} as payload
    from source
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_event_id,
        {{ text('type') }} as source_event_type,
        {{ unix_timestamp('created') }} as occurred_at,
        object_type,
        object_id as source_object_id,
        -- The customer comes expanded or as its id; an event about a customer has it as its object.
        coalesce(expanded_customer, customer, case when object_type = 'customer' then object_id end)
            as source_customer_id,
        {{ rejection_reason([
            required('id'),
            required('type'),
            required('created', unix_timestamp('created')),
            castable('data', json_document('data')),
            rejected_when("lower(livemode) = 'false'", "'test mode, not live'"),
        ]) }} as rejection_reason,
        {{ evidence('payload') }} as payload
    from unpacked
)

select * from final
