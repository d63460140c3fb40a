-- Grain: one row per event. Of the events of one record the newest is its state, by time, version and id: whatever order
-- they came in, however often, in however many loads, the same one. These are hints: the nightly load is the truth, and no
-- figure of the ledger, of billing or of a statement reads them.
with

events as (
    select
        *,
        {{ company_date('occurred_at') }} as occurred_date
    from {{ ref('all_events') }}
),

entity_crosswalk as (
    select * from {{ ref('entity_crosswalk') }}
),

final as (
    select
        {{ surrogate_key(['events.source_instance', 'events.subject_instance', 'events.source_event_id']) }}
            as event_id,
        {{ surrogate_key(['events.event_type', 'events.subject_instance', 'events.source_record_id']) }} as record_id,
        events.source_event_id,
        events.event_type,
        events.subject_instance,
        events.source_record_id,
        events.record_number,
        events.record_status,
        events.record_date,
        events.occurred_at,
        events.occurred_date,
        events.version_number,
        {{ entity_columns('events.source_entity_id') }},
        events.amount_transaction,
        events.transaction_currency,
        row_number() over (
            partition by events.event_type, events.subject_instance, events.source_record_id
            order by
                events.occurred_at desc, events.version_number desc, events.source_event_id desc,
                events.source_instance desc
        ) = 1 as is_latest_of_record,
        events.source_instance,
        events.load_id,
        events.recorded_at
    from events
    left join entity_crosswalk
        on
            events.subject_instance = entity_crosswalk.source_instance
            and events.source_entity_id = entity_crosswalk.source_entity_id
            and {{ is_valid_on('coalesce(events.record_date, events.occurred_date)', 'entity_crosswalk') }}
)

select * from final
