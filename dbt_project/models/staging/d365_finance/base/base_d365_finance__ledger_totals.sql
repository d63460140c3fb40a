-- Grain: one row per ledger, period, layer, posting type and account, as last landed.
with

source as (
    {{ current_rows(
        source('landed_d365_finance', 'ledger_totals'),
        ['Ledger', 'FiscalCalendarPeriod', 'PostingLayer', 'PostingType', 'MainAccount']
    ) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(
            ['Ledger', 'FiscalCalendarPeriod', 'PostingLayer', 'PostingType', 'MainAccount']
        ) }} as source_key,
        {{ whole_number('Ledger') }} as ledger_record_id,
        {{ whole_number('FiscalCalendarPeriod') }} as period_record_id,
        {{ d365_enum('PostingLayer', {}) }} as posting_layer,
        {{ d365_enum('PostingType', {}) }} as posting_type,
        {{ whole_number('MainAccount') }} as account_record_id,
        {{ amount('DebitAmount') }} as amount_debit_local,
        {{ amount('CreditAmount') }} as amount_credit_local,
        {{ whole_number('LineCount') }} as line_count,
        {{ rejection_reason([
            required('Ledger', whole_number('Ledger')),
            required('FiscalCalendarPeriod', whole_number('FiscalCalendarPeriod')),
            required('PostingLayer', d365_enum('PostingLayer', {})),
            required('PostingType', d365_enum('PostingType', {})),
            required('MainAccount', whole_number('MainAccount')),
            required('DebitAmount', amount('DebitAmount')),
            required('CreditAmount', amount('CreditAmount')),
            required('LineCount', whole_number('LineCount')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
