-- Grain: one row per payout to the bank, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_stripe', 'payouts'), ['id']) }}
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
        {{ text('id') }} as source_payout_id,
        cast({{ unix_timestamp('arrival_date') }} as date) as arrival_date,
        {{ unix_timestamp('created') }} as created_at,
        {{ minor_units_to_amount('amount', 'currencies.stripe_minor_units') }} as amount_transaction,
        currencies.currency_code as transaction_currency,
        {{ text('status') }} as payout_status,
        {{ text('balance_transaction') }} as source_balance_transaction_id,
        {{ rejection_reason([
            required('id'),
            rejected_when('currencies.currency_code is null', "'currency is unknown: ' || coalesce(currency, '')"),
            required('arrival_date', unix_timestamp('arrival_date')),
            required('amount', whole_number('amount')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
    left join currencies on upper(source.currency) = currencies.currency_code
)

select * from final
