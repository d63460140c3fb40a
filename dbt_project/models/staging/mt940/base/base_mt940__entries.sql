-- Grain: one row per movement of a statement, with the reason to reject it if there is one. amount_account is signed,
-- money in > 0; amount_transaction is what was ordered, where that was in another currency.
with

source as (
    {{ current_rows(source('landed_mt940', 'entries'),
        ['file_name', 'file_digest', 'statement_place', 'entry_place']) }}
),

statements as (
    select * from {{ ref('base_mt940__statements') }}
),

typed as (
    select
        source.*,
        {{ row_as_json('source') }} as row_payload,
        {{ six_digit_date('source.value_date') }} as value_day,
        case
            when source.mark in ('C', 'RD', 'EC') then 1
            when source.mark in ('D', 'RC', 'ED') then -1
        end as direction,
        statements.source_key as statement_key,
        statements.source_bank_account_id,
        statements.source_statement_id,
        statements.account_currency,
        statements.rejection_reason as statement_reason
    from source
    left join statements
        on
            source.source_instance = statements.source_instance
            and source.file_name = statements.file_name
            and source.file_digest = statements.file_digest
            and source.statement_place = statements.statement_place
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['file_name', 'file_digest', 'statement_place', 'entry_place']) }} as source_key,
        source_bank_account_id,
        source_statement_id,
        {{ whole_number('entry_place') }} as entry_number,
        mark not in ('EC', 'ED') as is_booked,
        coalesce({{ four_digit_date_near('entry_date', 'value_day') }}, value_day) as booking_date,
        -- The entry date is optional: without it only the value date is known, which may be weeks away.
        {{ four_digit_date_near('entry_date', 'value_day') }} is null as is_booking_date_derived,
        value_day as value_date,
        cast({{ amount(point_for_comma('amount')) }} * direction as {{ type_amount() }}) as amount_account,
        account_currency,
        cast({{ amount(point_for_comma('original_amount')) }} * direction as {{ type_amount() }})
            as amount_transaction,
        {{ text('original_currency') }} as transaction_currency,
        mark in ('RC', 'RD') as is_reversal,
        {{ text('bank_reference') }} as bank_reference,
        coalesce({{ text('end_to_end_id') }}, nullif({{ text('customer_reference') }}, 'NONREF')) as end_to_end_id,
        {{ text('counterparty_name') }} as counterparty_name,
        {{ text('remittance_text') }} as remittance_text,
        nullif(concat_ws('-', {{ text('transaction_type') }}, {{ text('case_code') }}), '') as transaction_code,
        cast(1 as bigint) as payment_count,
        coalesce(problem, {{ entry_rejection_reason('statement_reason', [
            required('amount', amount(point_for_comma('amount'))),
            rejected_when('direction is null', "'mark is none of C, D, RC, RD, EC, ED: ' || coalesce(mark, '')"),
            required('value_date', 'cast(value_day as varchar)'),
            castable('original_amount', amount(point_for_comma('original_amount'))),
            rejected_when('statement_key is null', "'its statement did not arrive'"),
        ]) }}) as rejection_reason,
        {{ evidence('row_payload') }} as payload
    from typed
)

select * from final
