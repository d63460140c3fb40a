-- Grain: one row per subledger entry.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'subledger_headers'), [
        'JournalEntryHeaderApplicationId',
        'JournalEntryHeaderAeHeaderId'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['JournalEntryHeaderApplicationId', 'JournalEntryHeaderAeHeaderId']) }} as source_key,
        {{ text('JournalEntryHeaderApplicationId') }} as application_id,
        {{ text('JournalEntryHeaderAeHeaderId') }} as entry_id,
        {{ text('JournalEntryHeaderEntityId') }} as transaction_entity_id,
        {{ text('JournalEntryHeaderEventTypeCode') }} as event_type,
        {{ text('JournalEntryHeaderAccountingEntryStatusCode') }} as status_code,
        {{ rejection_reason([
            required('JournalEntryHeaderApplicationId'),
            required('JournalEntryHeaderAeHeaderId'),
            required('JournalEntryHeaderEntityId'),
            required('JournalEntryHeaderAccountingEntryStatusCode'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
