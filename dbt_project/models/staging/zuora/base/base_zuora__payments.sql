-- Grain: one row per payment, failed and deleted ones included, with the reason to reject it if there is one. Amounts > 0.
with

landed as (
    {{ zuora_rows('payments') }}
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
        {{ text('Id') }} as source_payment_id,
        {{ text('AccountId') }} as source_customer_id,
        {{ iso_date('EffectiveDate') }} as payment_date,
        {{ amount('Amount') }} as amount_transaction,
        currencies.currency_code as transaction_currency,
        {{ zuora_word('Status') }} as payment_status,
        {{ iso_timestamp('CreatedDate') }} as created_at,
        {{ zuora_is_deleted() }} as is_deleted,
        {{ rejection_reason([
            required('Id'),
            rejected_when("coalesce(lower(Status), '') not in ('draft', 'processing', 'processed', 'posted', 'error', 'canceled', 'voided')", "'Status is unknown: ' || coalesce(Status, '')"),
            zuora_currency_is_known('source'),
            required('EffectiveDate', iso_date('EffectiveDate')),
            required('Amount', amount('Amount')),
            required('CreatedDate', iso_timestamp('CreatedDate')),
            castable('Deleted', boolean('Deleted')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
    left join currencies on upper(source.Currency) = currencies.currency_code
)

select * from final
