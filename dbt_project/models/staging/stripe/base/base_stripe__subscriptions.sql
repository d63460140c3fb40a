-- Grain: one row per subscription, ended ones included, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_stripe', 'subscriptions'), ['id']) }}
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
        {{ text('id') }} as source_subscription_id,
        {{ text('customer') }} as source_customer_id,
        {{ json_text('metadata', 'company_code') }} as source_entity_id,
        {{ normalise_code(json_text('metadata', 'contract_number')) }} as contract_number,
        {{ text('status') }} as subscription_status,
        cast({{ unix_timestamp('start_date') }} as date) as start_date,
        cast({{ unix_timestamp('ended_at') }} as date) as ended_date,
        currencies.currency_code as transaction_currency,
        {{ boolean('cancel_at_period_end') }} as cancel_at_period_end,
        {{ rejection_reason([
            required('id'),
            required('customer'),
            rejected_when("coalesce(status, '') not in ('active', 'canceled', 'incomplete', 'incomplete_expired', 'past_due', 'paused', 'trialing', 'unpaid')", "'status is unknown: ' || coalesce(status, '')"),
            rejected_when('currencies.currency_code is null', "'currency is unknown: ' || coalesce(currency, '')"),
            required('start_date', unix_timestamp('start_date')),
            castable('ended_at', unix_timestamp('ended_at')),
            required('cancel_at_period_end', boolean('cancel_at_period_end')),
            castable('metadata', json_document('metadata')),
            rejected_when("lower(livemode) = 'false'", "'test mode, not live'"),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
    left join currencies on upper(source.currency) = currencies.currency_code
)

select * from final
