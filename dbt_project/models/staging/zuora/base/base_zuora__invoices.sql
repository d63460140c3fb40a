-- Grain: one row per invoice, drafts, cancelled and deleted ones included, with the reason to reject it if there is one.
-- What an invoice that counts is not settled with yet is its balance; a draft or a cancelled one has none.
with

landed as (
    {{ zuora_rows('invoices') }}
),

source as (
    {{ current_rows('landed', ['Id']) }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Id']) }} as source_key,
        {{ text('Id') }} as source_invoice_id,
        {{ normalise_code('InvoiceNumber') }} as invoice_number,
        {{ text('AccountId') }} as source_customer_id,
        {{ iso_date('InvoiceDate') }} as invoice_date,
        {{ iso_date('DueDate') }} as due_date,
        {{ amount('AmountWithoutTax') }} as amount_net_transaction,
        {{ amount('TaxAmount') }} as amount_tax_transaction,
        {{ amount('Amount') }} as amount_gross_transaction,
        {{ amount('Balance') }} as amount_open_transaction,
        currencies.currency_code as transaction_currency,
        {{ zuora_word('Status') }} as invoice_status,
        -- Zuora does not say when it was cancelled; after that nothing changes any more.
        case when {{ zuora_word('Status') }} = 'canceled' then cast({{ iso_timestamp('UpdatedDate') }} as date) end
            as voided_date,
        {{ text('PostingBatch__c') }} as posting_batch,
        {{ iso_timestamp('PostedDate') }} as posted_at,
        {{ zuora_is_deleted() }} as is_deleted,
        {{ rejection_reason([
            required('Id'),
            required('AccountId'),
            rejected_when("coalesce(lower(Status), '') not in ('draft', 'posted', 'canceled', 'error')", "'Status is unknown: ' || coalesce(Status, '')"),
            zuora_currency_is_known('source'),
            required('InvoiceDate', iso_date('InvoiceDate')),
            castable('DueDate', iso_date('DueDate')),
            required('Amount', amount('Amount')),
            required('AmountWithoutTax', amount('AmountWithoutTax')),
            required('TaxAmount', amount('TaxAmount')),
            required('Balance', amount('Balance')),
            castable('PostedDate', iso_timestamp('PostedDate')),
            castable('Deleted', boolean('Deleted')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
    left join currencies on upper(source.Currency) = currencies.currency_code
)

select * from final
