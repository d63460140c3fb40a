-- Grain: one row per line of a voucher, as last landed, current version.
-- Amounts are signed, debit > 0. What the ledger does not say is null here: its periods, the currency of a voucher in
-- local currency.
with

source as (
    {{ current_rows(source('landed_sql_ledger', 'journal_lines'), [
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
        coalesce({{ database_flag('is_posted') }}, true) as is_posted,
        {{ file_date('posting_date') }} as posting_date,
        {{ file_date('document_date') }} as document_date,
        {{ database_timestamp('entered_at') }} as entry_timestamp,
        {{ normalise_code('account') }} as source_account_id,
        {{ normalise_code('cost_centre') }} as source_cost_centre_id,
        {{ normalise_code('profit_centre') }} as profit_centre_code,
        {{ normalise_code('customer') }} as source_customer_id,
        {{ normalise_code('supplier') }} as source_supplier_id,
        {{ normalise_code('product') }} as source_product_id,
        {{ normalise_code('partner_entity') }} as partner_source_entity_id,
        {{ signed_or_two_sided('amount', 'debit', 'credit') }} as amount_local,
        {{ signed_or_two_sided('transaction_amount', 'transaction_debit', 'transaction_credit') }}
            as amount_transaction,
        {{ normalise_code('transaction_currency') }} as transaction_currency,
        {{ normalise_code('reference') }} as reference_document,
        {{ text('assignment') }} as assignment_reference,
        coalesce({{ database_flag('is_reversal') }}, false) as is_reversal,
        coalesce({{ database_flag('is_reversed') }}, false) as is_reversed,
        {{ normalise_code('reverses_document') }} as reverses_document_number,
        {{ text('line_text') }} as line_text,
        {{ rejection_reason([
            required('entity'),
            castable('fiscal_year', whole_number('fiscal_year', 'integer')),
            castable('fiscal_period', whole_number('fiscal_period', 'integer')),
            required('document_number'),
            required('line_number'),
            required('posting_date', file_date('posting_date')),
            castable('document_date', file_date('document_date')),
            castable('entered_at', database_timestamp('entered_at')),
            required('account'),
            castable('is_reversal', database_flag('is_reversal')),
            castable('is_reversed', database_flag('is_reversed')),
            castable('is_posted', database_flag('is_posted')),
            castable('amount', amount('amount')),
            castable('debit', amount('debit')),
            castable('credit', amount('credit')),
            castable('transaction_amount', amount('transaction_amount')),
            castable('transaction_debit', amount('transaction_debit')),
            castable('transaction_credit', amount('transaction_credit')),
            rejected_when(
                signed_or_two_sided('amount', 'debit', 'credit') ~ ' is null',
                "'neither an amount nor debit or credit'"
            ),
            rejected_when(
                signed_or_two_sided('transaction_amount', 'transaction_debit', 'transaction_credit')
                ~ ' is not null and transaction_currency is null',
                "'an amount in a currency that is not named'"
            ),
            rejected_when(
                signed_or_two_sided('amount', 'debit', 'credit') ~ ' * '
                ~ signed_or_two_sided('transaction_amount', 'transaction_debit', 'transaction_credit') ~ ' < 0',
                "'the amounts in both currencies stand on different sides'"
            ),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
