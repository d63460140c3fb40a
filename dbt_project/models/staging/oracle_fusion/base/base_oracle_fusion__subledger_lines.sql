-- Grain: one row per line of a subledger entry.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'subledger_lines'), [
        'JournalEntryLineApplicationId',
        'JournalEntryLineAeHeaderId',
        'JournalEntryLineAeLineNum'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key([
            'JournalEntryLineApplicationId',
            'JournalEntryLineAeHeaderId',
            'JournalEntryLineAeLineNum'
        ]) }} as source_key,
        {{ text('JournalEntryLineApplicationId') }} as application_id,
        {{ text('JournalEntryLineAeHeaderId') }} as entry_id,
        {{ text('JournalEntryLineAeLineNum') }} as entry_line_number,
        {{ text('JournalEntryLineGlSlLinkId') }} as link_id,
        {{ text('JournalEntryLineGlSlLinkTable') }} as link_table,
        {{ text('JournalEntryLineAccountingClassCode') }} as accounting_class,
        {{ text('JournalEntryLinePartyTypeCode') }} as party_type,
        {{ text('JournalEntryLinePartyId') }} as party_id,
        {{ rejection_reason([
            required('JournalEntryLineApplicationId'),
            required('JournalEntryLineAeHeaderId'),
            required('JournalEntryLineAeLineNum'),
            required('JournalEntryLineAccountingClassCode'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
