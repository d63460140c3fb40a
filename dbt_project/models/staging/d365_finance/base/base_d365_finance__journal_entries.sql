-- Grain: one row per posted entry of the general ledger, as last landed.
with

source as (
    {{ current_rows(source('landed_d365_finance', 'journal_entries'), ['SourceKey']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['SourceKey']) }} as source_key,
        {{ whole_number('SourceKey') }} as entry_record_id,
        {{ text('JournalNumber') }} as journal_number,
        {{ whole_number('Ledger') }} as ledger_record_id,
        {{ normalise_code('SubledgerVoucherDataAreaId') }} as source_entity_id,
        {{ text('SubledgerVoucher') }} as voucher,
        {{ d365_date('AccountingDate') }} as accounting_date,
        {{ d365_date('DocumentDate') }} as document_date,
        {{ text('DocumentNumber') }} as document_reference,
        {{ d365_enum('JournalCategory', d365_transaction_types()) }} as journal_category,
        {{ d365_enum('PostingLayer', {}) }} as posting_layer,
        {{ whole_number('FiscalCalendarYear') }} as year_record_id,
        {{ whole_number('FiscalCalendarPeriod') }} as period_record_id,
        {{ iso_timestamp('CreatedOn') }} as created_at,
        {{ rejection_reason([
            required('SourceKey', whole_number('SourceKey')),
            required('JournalNumber'),
            required('Ledger', whole_number('Ledger')),
            required('AccountingDate', d365_date('AccountingDate')),
            castable('DocumentDate', iso_timestamp('DocumentDate')),
            required('JournalCategory', d365_enum('JournalCategory', d365_transaction_types())),
            required('PostingLayer', d365_enum('PostingLayer', {})),
            required('FiscalCalendarYear', whole_number('FiscalCalendarYear')),
            required('FiscalCalendarPeriod', whole_number('FiscalCalendarPeriod')),
            required('CreatedOn', iso_timestamp('CreatedOn')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
