-- Grain: one row per record of which there is news: events of the as-of day and since, and older ones that are not settled.
-- The news came in micro-batches and is a hint; amount_nightly is the truth of the last night, and no closed figure reads
-- an event.
with

confirmations as (select * from {{ ref('event_confirmations') }}),

entities as (select * from {{ ref('dim_entities') }}),

final as (
    select
        {{ as_of_date() }} as as_of_date,
        'micro_batch' as processing,
        confirmations.record_id,
        confirmations.event_type,
        confirmations.subject_instance,
        confirmations.source_record_id,
        confirmations.record_number,
        confirmations.record_status,
        confirmations.record_date,
        confirmations.occurred_at,
        confirmations.occurred_date,
        confirmations.occurred_date > {{ as_of_date() }} as is_since_last_night,
        confirmations.entity_code,
        entities.entity_name,
        confirmations.amount_event,
        confirmations.event_currency,
        confirmations.amount_nightly,
        confirmations.nightly_currency,
        confirmations.confirmation,
        confirmations.covered_as_of,
        confirmations.source_instance,
        confirmations.load_id,
        confirmations.recorded_at
    from confirmations
    left join entities on confirmations.entity_code = entities.entity_code
    where
        confirmations.occurred_date >= {{ as_of_date() }}
        or confirmations.confirmation not in ('confirmed', 'superseded')
)

select * from final
