-- Grain: one row per credit memo, with the reason to reject it if there is one. Amounts > 0, as on the document.
-- Writing an invoice off makes a memo with a reason of its own; it gives up a claim and takes back no revenue.
with

source as (
    {{ current_rows(source('landed_zuora', 'credit_memos'), ['id']) }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_credit_note_id,
        {{ normalise_code('memoNumber') }} as credit_note_number,
        {{ text('invoiceId') }} as source_invoice_id,
        {{ text('accountId') }} as source_customer_id,
        {{ iso_date('memoDate') }} as credit_note_date,
        {{ amount('totalAmountWithoutTax') }} as amount_net_transaction,
        {{ amount('taxAmount') }} as amount_tax_transaction,
        {{ amount('totalAmount') }} as amount_gross_transaction,
        cast({{ amount('totalAmount') }} - {{ amount('balance') }} as {{ type_amount() }}) as amount_used_transaction,
        currencies.currency_code as transaction_currency,
        {{ zuora_word('status') }} as credit_note_status,
        coalesce({{ zuora_word('reasonCode') }} in ('write_off', 'writeoff'), false) as is_write_off,
        {{ iso_timestamp('postedOn') }} as posted_at,
        {{ rejection_reason([
            required('id'),
            required('accountId'),
            rejected_when("coalesce(lower(status), '') not in ('draft', 'posted', 'canceled', 'error')", "'status is unknown: ' || coalesce(status, '')"),
            rejected_when('currencies.currency_code is null', "'currency is unknown: ' || coalesce(source.currency, '')"),
            required('memoDate', iso_date('memoDate')),
            required('totalAmount', amount('totalAmount')),
            required('totalAmountWithoutTax', amount('totalAmountWithoutTax')),
            required('taxAmount', amount('taxAmount')),
            required('balance', amount('balance')),
            castable('postedOn', iso_timestamp('postedOn')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
    left join currencies on upper(source.currency) = currencies.currency_code
)

select * from final
