-- Grain: one row per transaction line and accounting book, as last landed. amount_local is signed, debit > 0.
-- Lines that do not post have a row without meaning for the books: is_posting.
with

source as (
    {{ current_rows(source('landed_netsuite', 'accounting_lines'), [
        'transaction', 'transactionline', 'accountingbook'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        coalesce(is_removed, false) as is_removed,
        {{ natural_key(['transaction', 'transactionline', 'accountingbook']) }} as source_key,
        {{ text('transaction') }} as transaction_id,
        {{ text('transactionline') }} as line_number,
        {{ text('accountingbook') }} as accounting_book_id,
        {{ text('account') }} as account_id,
        {{ netsuite_flag('posting') }} as is_posting,
        {{ amount('amount') }} as amount_local,
        {{ rejection_reason([
            required('transaction'),
            required('transactionline'),
            required('accountingbook'),
            required('posting', netsuite_flag('posting')),
            castable('amount', amount('amount')),
            rejected_when(
                "posting = 'T' and " ~ amount('amount') ~ ' is distinct from coalesce(' ~ amount('debit')
                ~ ', 0) - coalesce(' ~ amount('credit') ~ ', 0)',
                "'amount ' || coalesce(amount, 'missing') || ' is not debit less credit'"
            ),
            rejected_when("posting = 'T' and coalesce(account, '') = ''", "'a line that posts names no account'"),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
