-- Grain: one row per event. What an amount means says its type: a booking's contract value, an invoice's gross amount
-- (credit note < 0), a payment's cash (in > 0).
with

final as (
    select
        source_event_id,
        event_type,
        subject_instance,
        source_record_id,
        record_number,
        record_status,
        record_date,
        occurred_at,
        version_number,
        source_entity_id,
        amount_transaction,
        transaction_currency,
        source_instance,
        load_id,
        recorded_at
    from {{ ref('stg_events__events') }}
)

select * from final
