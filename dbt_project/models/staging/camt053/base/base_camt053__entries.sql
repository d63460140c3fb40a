-- Grain: one row per entry of a statement, with the reason to reject it if there is one. amount_account is signed, money
-- in > 0; amount_transaction is what was ordered, where that was in another currency. A batch is one entry.
with

source as (
    {{ current_rows(source('landed_camt053', 'entries'),
        ['file_name', 'file_digest', 'statement_place', 'entry_place']) }}
),

statements as (
    select * from {{ ref('base_camt053__statements') }}
),

final as (
    select
        source.source_instance,
        source.load_id,
        source.recorded_at,
        {{ natural_key([
            'source.file_name', 'source.file_digest', 'source.statement_place', 'source.entry_place'
        ]) }} as source_key,
        statements.source_bank_account_id,
        statements.source_statement_id,
        {{ whole_number('source.entry_place') }} as entry_number,
        source.status = 'BOOK' as is_booked,
        {{ iso_date('substr(source.booking_date, 1, 10)') }} as booking_date,
        false as is_booking_date_derived,
        {{ iso_date('substr(source.value_date, 1, 10)') }} as value_date,
        {{ marked_amount('source.amount', 'source.mark') }} as amount_account,
        statements.account_currency,
        {{ marked_amount('source.instructed_amount', 'source.mark') }} as amount_transaction,
        {{ text('source.instructed_currency') }} as transaction_currency,
        coalesce({{ boolean('source.is_reversal') }}, false) as is_reversal,
        {{ text('source.bank_reference') }} as bank_reference,
        nullif({{ text('source.end_to_end_id') }}, 'NOTPROVIDED') as end_to_end_id,
        {{ text('source.counterparty_name') }} as counterparty_name,
        coalesce({{ text('source.remittance_text') }}, {{ text('source.additional_information') }}) as remittance_text,
        nullif(
            concat_ws(
                '-',
                {{ text('source.domain_code') }}, {{ text('source.family_code') }}, {{ text('source.subfamily_code') }}
            ),
            ''
        ) as transaction_code,
        coalesce({{ whole_number('source.transaction_count') }}, 1) as payment_count,
        {{ entry_rejection_reason('statements.rejection_reason', [
            required('source.amount', amount('source.amount')),
            rejected_when(
                "coalesce(source.mark, '') not in ('CRDT', 'DBIT')",
                "'mark is neither CRDT nor DBIT: ' || coalesce(source.mark, '')"
            ),
            required('source.booking_date', iso_date('substr(source.booking_date, 1, 10)')),
            castable('source.value_date', iso_date('substr(source.value_date, 1, 10)')),
            castable('source.instructed_amount', amount('source.instructed_amount')),
            rejected_when('statements.source_key is null', "'its statement did not arrive'"),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
    left join statements
        on
            source.source_instance = statements.source_instance
            and source.file_name = statements.file_name
            and source.file_digest = statements.file_digest
            and source.statement_place = statements.statement_place
)

select * from final
