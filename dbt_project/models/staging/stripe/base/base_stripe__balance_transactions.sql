-- Grain: one row per movement of Stripe's balance, signed: money in > 0, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_stripe', 'balance_transactions'), ['id']) }}
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
        {{ text('id') }} as source_balance_transaction_id,
        {{ text('source') }} as source_object_id,
        {{ text('type') }} as transaction_type,
        {{ text('reporting_category') }} as reporting_category,
        cast({{ unix_timestamp('created') }} as date) as transaction_date,
        {{ unix_timestamp('available_on') }} as available_at,
        {{ minor_units_to_amount('amount', 'currencies.stripe_minor_units') }} as amount_transaction,
        {{ minor_units_to_amount('fee', 'currencies.stripe_minor_units') }} as amount_fee_transaction,
        {{ minor_units_to_amount('net', 'currencies.stripe_minor_units') }} as amount_net_transaction,
        currencies.currency_code as transaction_currency,
        {{ rejection_reason([
            required('id'),
            required('type'),
            rejected_when('currencies.currency_code is null', "'currency is unknown: ' || coalesce(currency, '')"),
            required('created', unix_timestamp('created')),
            required('amount', whole_number('amount')),
            required('fee', whole_number('fee')),
            required('net', whole_number('net')),
            rejected_when('try_cast(amount as bigint) - try_cast(fee as bigint) <> try_cast(net as bigint)',
                "'net is not amount less fee: ' || net"),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
    left join currencies on upper(source.currency) = currencies.currency_code
)

select * from final
