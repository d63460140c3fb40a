-- Grain: one row per item of a customer, current version.
-- Amounts are signed as in the ledger.
with

source as (
    {{ current_rows(source('landed_sql_ledger', 'receivable_items'), [
        'entity', 'fiscal_year', 'document_number', 'line_number'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['entity', 'fiscal_year', 'document_number', 'line_number']) }} as source_key,
        {{ normalise_code('entity') }} as source_entity_id,
        {{ whole_number('fiscal_year', 'integer') }} as fiscal_year,
        {{ whole_number('fiscal_period', 'integer') }} as fiscal_period,
        {{ normalise_code('document_number') }} as document_number,
        {{ normalise_code('line_number') }} as line_number,
        {{ normalise_code('document_type') }} as document_type,
        {{ text('item_type') }} as item_type,
        {{ normalise_code('counterparty') }} as source_counterparty_id,
        {{ normalise_code('account') }} as source_account_id,
        {{ file_date('posting_date') }} as posting_date,
        {{ file_date('document_date') }} as document_date,
        {{ file_date('due_date') }} as due_date,
        {{ amount('amount') }} as amount_local,
        {{ normalise_code('transaction_currency') }} as transaction_currency,
        {{ amount('transaction_amount') }} as amount_transaction,
        {{ file_date('clearing_date') }} as clearing_date,
        {{ normalise_code('clearing_document') }} as clearing_document_number,
        {{ normalise_code('reference') }} as reference_document,
        {{ normalise_code('billing_document') }} as billing_document_number,
        coalesce({{ database_flag('is_reversal') }}, false) as is_reversal,
        coalesce({{ database_flag('is_reversed') }}, false) as is_reversed,
        {{ rejection_reason([
            required('entity'),
            castable('fiscal_year', whole_number('fiscal_year', 'integer')),
            castable('fiscal_period', whole_number('fiscal_period', 'integer')),
            required('document_number'),
            required('line_number'),
            required('counterparty'),
            required('account'),
            required('posting_date', file_date('posting_date')),
            castable('document_date', file_date('document_date')),
            castable('due_date', file_date('due_date')),
            required('amount', amount('amount')),
            castable('transaction_amount', amount('transaction_amount')),
            castable('clearing_date', file_date('clearing_date')),
            castable('is_reversal', database_flag('is_reversal')),
            castable('is_reversed', database_flag('is_reversed')),
            rejected_when(
                "(transaction_amount is null) <> (transaction_currency is null)",
                "'an amount in another currency and that currency come together'"
            ),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
