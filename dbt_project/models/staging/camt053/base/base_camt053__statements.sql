-- Grain: one row per statement of a file, or per file that cannot be read, with the reason to reject it if there is one.
-- Balances are signed, money in > 0. The trap: only booked entries move the booked balance, and a reversal already has
-- the mark of the way the money goes.
with

source as (
    {{ current_rows(source('landed_camt053', 'statements'), ['file_name', 'file_digest', 'statement_place']) }}
),

entries as (
    {{ current_rows(source('landed_camt053', 'entries'),
        ['file_name', 'file_digest', 'statement_place', 'entry_place']) }}
),

entry_totals as (
    select
        source_instance,
        file_name,
        file_digest,
        statement_place,
        count(*) as landed_entry_count,
        min(currency) as first_currency,
        max(currency) as last_currency,
        sum(case when status = 'BOOK' then {{ marked_amount('amount', 'mark') }} else 0 end) as amount_booked
    from entries
    group by source_instance, file_name, file_digest, statement_place
),

currencies as (
    select * from {{ ref('currencies') }}
),

typed as (
    select
        source.source_instance,
        source.load_id,
        source.recorded_at,
        {{ natural_key(['source.file_name', 'source.file_digest', 'source.statement_place']) }} as source_key,
        {{ row_as_json('source') }} as payload,
        source.file_name,
        source.file_digest,
        source.statement_place,
        {{ iso_timestamp('source.file_modified_at') }} as file_modified_at,
        {{ text('source.problem') }} as problem,
        {{ bank_account_number('source.account_id') }} as source_bank_account_id,
        {{ text('source.statement_id') }} as source_statement_id,
        {{ whole_number('source.sequence_number') }} as sequence_number,
        {{ iso_timestamp('source.created_at') }} as created_at,
        {{ iso_date('substr(source.closing_date, 1, 10)') }} as statement_date,
        currencies.currency_code as account_currency,
        {{ marked_amount('source.opening_amount', 'source.opening_mark') }} as amount_opening,
        {{ marked_amount('source.closing_amount', 'source.closing_mark') }} as amount_closing,
        {{ whole_number('source.entry_count') }} as entry_count,
        coalesce(entry_totals.landed_entry_count, 0) as landed_entry_count,
        cast(coalesce(entry_totals.amount_booked, 0) as {{ type_amount() }}) as amount_booked,
        source.closing_currency,
        source.opening_currency,
        entry_totals.first_currency,
        entry_totals.last_currency
    from source
    left join entry_totals
        on
            source.source_instance = entry_totals.source_instance
            and source.file_name = entry_totals.file_name
            and source.file_digest = entry_totals.file_digest
            and source.statement_place = entry_totals.statement_place
    left join currencies on upper(source.closing_currency) = currencies.currency_code
),

judged as (
    {{ judged_bank_statements('typed', [
        rejected_when(
            'opening_currency <> closing_currency or first_currency <> closing_currency '
            ~ 'or last_currency <> closing_currency',
            "'its amounts are in several currencies'"
        ),
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_key,
        file_name,
        file_digest,
        statement_place,
        source_bank_account_id,
        source_statement_id,
        sequence_number,
        created_at,
        statement_date,
        account_currency,
        amount_opening,
        amount_closing,
        entry_count,
        rejection_reason,
        {{ evidence('payload') }} as payload
    from judged
)

select * from final
