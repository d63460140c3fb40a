-- Grain: one row per charge, failed ones included, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_stripe', 'charges'), ['id']) }}
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
        {{ text('id') }} as source_charge_id,
        {{ text('customer') }} as source_customer_id,
        {{ json_text('metadata', 'invoice') }} as source_invoice_id,
        cast({{ unix_timestamp('created') }} as date) as charge_date,
        {{ minor_units_to_amount('amount', 'currencies.stripe_minor_units') }} as amount_transaction,
        currencies.currency_code as transaction_currency,
        {{ text('status') }} as charge_status,
        {{ text('balance_transaction') }} as source_balance_transaction_id,
        {{ rejection_reason([
            required('id'),
            rejected_when("coalesce(status, '') not in ('succeeded', 'pending', 'failed')", "'status is unknown: ' || coalesce(status, '')"),
            rejected_when('currencies.currency_code is null', "'currency is unknown: ' || coalesce(currency, '')"),
            required('created', unix_timestamp('created')),
            required('amount', whole_number('amount')),
            castable('metadata', json_document('metadata')),
            rejected_when("lower(livemode) = 'false'", "'test mode, not live'"),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
    left join currencies on upper(source.currency) = currencies.currency_code
)

select * from final
