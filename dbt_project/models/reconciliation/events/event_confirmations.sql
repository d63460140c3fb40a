-- Grain: one row per record that an event told of, with its newest event beside what the nightly load says of the record.
-- An event is judged by the first night that covers its day: what the record becomes later is no contradiction.
-- amount_event and amount_nightly are in their own currencies, signed as in fct_events.
with

events as (
    select * from {{ ref('fct_events') }}
    where is_latest_of_record
),

booked_lines as (
    select * from {{ ref('fct_bookings') }}
),

bookings as (
    select
        'booking' as event_type,
        source_instance,
        source_opportunity_id as source_record_id,
        min(entity_code) as entity_code,
        -- Lines in several currencies have no sum.
        case when count(distinct transaction_currency) = 1 then sum(amount_tcv_transaction) end as amount_transaction,
        min(transaction_currency) as transaction_currency,
        max(recorded_at) as recorded_at
    from booked_lines
    group by source_instance, source_opportunity_id
),

invoices as (
    select * from {{ ref('fct_billing_invoices') }}
),

payments as (
    select * from {{ ref('fct_payments') }}
),

nightly_records as (
    select
        event_type,
        source_instance,
        source_record_id,
        entity_code,
        amount_transaction,
        transaction_currency,
        recorded_at
    from bookings

    union all

    select
        'invoice' as event_type,
        source_instance,
        source_invoice_id as source_record_id,
        entity_code,
        amount_gross_transaction as amount_transaction,
        transaction_currency,
        recorded_at
    from invoices

    union all

    select
        'payment' as event_type,
        source_instance,
        source_payment_id as source_record_id,
        entity_code,
        amount_transaction,
        transaction_currency,
        recorded_at
    from payments
),

accepted_loads as (
    select * from {{ source('control', 'accepted_loads') }}
),

source_status as (
    select * from {{ source('control', 'source_status') }}
),

nights as (
    select distinct
        instance,
        as_of
    from accepted_loads
),

-- The first night whose load of the instance can know of the event: the day it happened on has ended.
covering_nights as (
    select
        events.event_id,
        min(nights.as_of) as covered_as_of
    from events
    inner join nights
        on
            events.subject_instance = nights.instance
            and events.occurred_date <= nights.as_of
    group by events.event_id
),

compared as (
    select
        events.*,
        source_status.source_instance is not null as is_instance_known,
        covering_nights.covered_as_of,
        nightly_records.source_record_id is not null as is_in_nightly_load,
        nightly_records.amount_transaction as amount_nightly,
        nightly_records.transaction_currency as nightly_currency,
        nightly_records.entity_code as nightly_entity_code,
        cast(nightly_records.recorded_at as date) as nightly_recorded_date
    from events
    left join source_status on events.subject_instance = source_status.source_instance
    left join covering_nights on events.event_id = covering_nights.event_id
    left join nightly_records
        on
            events.event_type = nightly_records.event_type
            and events.subject_instance = nightly_records.source_instance
            and events.source_record_id = nightly_records.source_record_id
),

final as (
    select
        event_id,
        record_id,
        source_event_id,
        event_type,
        subject_instance,
        source_record_id,
        record_number,
        record_status,
        record_date,
        occurred_at,
        occurred_date,
        coalesce(nightly_entity_code, entity_code) as entity_code,
        amount_transaction as amount_event,
        transaction_currency as event_currency,
        amount_nightly,
        nightly_currency,
        covered_as_of,
        case
            when not is_instance_known then 'unknown_instance'
            -- Of a refreshed plan there is no record to compare: the night loads it.
            when event_type = 'plan_refresh' and covered_as_of is not null then 'confirmed'
            when amount_nightly = amount_transaction and nightly_currency = transaction_currency then 'confirmed'
            when covered_as_of is null then 'not_yet'
            when not is_in_nightly_load then 'not_found'
            when nightly_recorded_date > covered_as_of then 'superseded'
            else 'differs'
        end as confirmation,
        source_instance,
        load_id,
        recorded_at
    from compared
)

select * from final
