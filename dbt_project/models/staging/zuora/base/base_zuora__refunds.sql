-- Grain: one row per refund, with the reason to reject it if there is one. Amounts > 0.
with

source as (
    {{ current_rows(source('landed_zuora', 'refunds'), ['id']) }}
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
        {{ text('id') }} as source_refund_id,
        {{ text('accountId') }} as source_customer_id,
        {{ iso_date('refundDate') }} as refund_date,
        {{ amount('amount') }} as amount_transaction,
        currencies.currency_code as transaction_currency,
        {{ zuora_word('status') }} as refund_status,
        {{ iso_timestamp('createdDate') }} as created_at,
        {{ rejection_reason([
            required('id'),
            rejected_when("coalesce(lower(status), '') not in ('processed', 'processing', 'canceled', 'error')", "'status is unknown: ' || coalesce(status, '')"),
            rejected_when('currencies.currency_code is null', "'currency is unknown: ' || coalesce(source.currency, '')"),
            required('refundDate', iso_date('refundDate')),
            required('amount', amount('amount')),
            required('createdDate', iso_timestamp('createdDate')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
    left join currencies on upper(source.currency) = currencies.currency_code
)

select * from final
