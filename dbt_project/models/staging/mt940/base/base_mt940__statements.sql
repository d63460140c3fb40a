-- Grain: one row per message of a file, or per file that cannot be read, with the reason to reject it if there is one.
-- Balances are signed, money in > 0. The traps: a statement that is sent in parts has an intermediate balance (60M, 62M)
-- where the parts meet, so each part adds up by itself; taking back a credit (RC) takes money out.
with

source as (
    {{ current_rows(source('landed_mt940', 'statements'), ['file_name', 'file_digest', 'statement_place']) }}
),

entries as (
    {{ current_rows(source('landed_mt940', 'entries'),
        ['file_name', 'file_digest', 'statement_place', 'entry_place']) }}
),

entry_totals as (
    select
        source_instance,
        file_name,
        file_digest,
        statement_place,
        count(amount) as landed_entry_count,
        sum(
            case
                when mark in ('C', 'RD') then {{ amount(point_for_comma('amount')) }}
                when mark in ('D', 'RC') then -{{ amount(point_for_comma('amount')) }}
                else 0
            end
        ) as amount_booked
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
        concat_ws(
            '-',
            year({{ six_digit_date('source.closing_date') }}),
            {{ whole_number('source.statement_number') }},
            coalesce({{ whole_number('source.sequence_number') }}, 1)
        ) as source_statement_id,
        {{ whole_number('source.statement_number') }} as sequence_number,
        {{ whole_number('source.sequence_number') }} as part_number,
        -- The format does not say when it was made: of two versions of a statement the one dropped first counts.
        cast(null as timestamp) as created_at,
        {{ six_digit_date('source.closing_date') }} as statement_date,
        currencies.currency_code as account_currency,
        {{ marked_amount(point_for_comma('source.opening_amount'), 'source.opening_mark', 'C', 'D') }}
            as amount_opening,
        {{ marked_amount(point_for_comma('source.closing_amount'), 'source.closing_mark', 'C', 'D') }}
            as amount_closing,
        {{ whole_number('source.entry_count') }} as entry_count,
        coalesce(entry_totals.landed_entry_count, 0) as landed_entry_count,
        cast(coalesce(entry_totals.amount_booked, 0) as {{ type_amount() }}) as amount_booked,
        source.statement_number,
        source.opening_currency,
        source.closing_currency
    from source
    left join entry_totals
        on
            source.source_instance = entry_totals.source_instance
            and source.file_name = entry_totals.file_name
            and source.file_digest = entry_totals.file_digest
            and source.statement_place = entry_totals.statement_place
    left join currencies on source.closing_currency = currencies.currency_code
),

judged as (
    {{ judged_bank_statements('typed', [
        required('statement_number', 'cast(sequence_number as varchar)'),
        rejected_when('opening_currency <> closing_currency', "'its amounts are in several currencies'"),
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
        part_number,
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
