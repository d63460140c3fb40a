-- Grain: one row per line of a posted entry, as last landed.
with

source as (
    {{ current_rows(source('landed_d365_finance', 'journal_lines'), ['SourceKey']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        is_removed,
        {{ natural_key(['SourceKey']) }} as source_key,
        {{ whole_number('SourceKey') }} as line_record_id,
        {{ whole_number('GeneralJournalEntry') }} as entry_record_id,
        {{ whole_number('MainAccount') }} as account_record_id,
        {{ text('LedgerAccount') }} as ledger_account,
        {{ normalise_code('TransactionCurrencyCode') }} as transaction_currency,
        {{ amount('TransactionCurrencyAmount') }} as amount_transaction,
        {{ amount('AccountingCurrencyAmount') }} as amount_local,
        {{ amount('ReportingCurrencyAmount') }} as amount_reporting,
        {{ d365_flag('IsCredit') }} as is_credit,
        {{ d365_flag('IsCorrection') }} as is_correction,
        {{ d365_enum('PostingType', {}) }} as posting_type,
        {{ text('PaymentReference') }} as payment_reference,
        {{ text('Text') }} as line_text,
        {{ rejection_reason([
            required('SourceKey', whole_number('SourceKey')),
            required('GeneralJournalEntry', whole_number('GeneralJournalEntry')),
            required('MainAccount', whole_number('MainAccount')),
            required('LedgerAccount'),
            required('TransactionCurrencyCode'),
            required('TransactionCurrencyAmount', amount('TransactionCurrencyAmount')),
            required('AccountingCurrencyAmount', amount('AccountingCurrencyAmount')),
            castable('ReportingCurrencyAmount', amount('ReportingCurrencyAmount')),
            required('IsCredit', d365_flag('IsCredit')),
            required('IsCorrection', d365_flag('IsCorrection')),
            required('PostingType', d365_enum('PostingType', {})),
            rejected_when(
                d365_flag('IsCorrection') ~ ' = false and (' ~ amount('AccountingCurrencyAmount') ~ ') <> 0 and ('
                ~ amount('AccountingCurrencyAmount') ~ ' < 0) <> (' ~ d365_flag('IsCredit') ~ ')',
                "'AccountingCurrencyAmount ' || AccountingCurrencyAmount || ' contradicts IsCredit ' || IsCredit"
            ),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
