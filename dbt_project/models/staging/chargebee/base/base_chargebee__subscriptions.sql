-- Grain: one row per subscription, ended and deleted ones included, with the reason to reject it if there is one.
-- cancelled_at is also the day a subscription will end that was given notice: only a cancelled one has ended.
with

landed as (
    {{ newest_versions(source('landed_chargebee', 'subscriptions')) }}
),

source as (
    {{ current_rows('landed', ['id']) }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

sites as (
    select * from {{ ref('stg_chargebee__sites') }}
),

placed as (
    select
        source.*,
        coalesce(sites.time_zone, 'UTC') as time_zone,
        coalesce({{ text('started_at') }}, {{ text('start_date') }}) as begins_at,
        {{ row_as_json('source') }} as payload
    from source
    left join sites on source.source_instance = sites.source_instance
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_subscription_id,
        {{ text('customer_id') }} as source_customer_id,
        -- A site without business entities is one entity: it goes by the name of the instance.
        coalesce({{ text('business_entity_id') }}, source_instance) as source_entity_id,
        {{ normalise_code('cf_contract_number') }} as contract_number,
        {{ text('status') }} as subscription_status,
        {{ site_date('begins_at', 'time_zone') }} as start_date,
        case when status = 'cancelled' then {{ site_date('cancelled_at', 'time_zone') }} end as ended_date,
        currencies.currency_code as transaction_currency,
        {{ chargebee_is_deleted() }} as is_deleted,
        {{ rejection_reason([
            required('id'),
            required('customer_id'),
            rejected_when("coalesce(status, '') not in ('future', 'in_trial', 'active', 'non_renewing', 'paused', 'cancelled', 'transferred')", "'status is unknown: ' || coalesce(status, '')"),
            rejected_when('currencies.currency_code is null', "'currency_code is unknown: ' || coalesce(placed.currency_code, '')"),
            rejected_when(unix_timestamp('begins_at') ~ ' is null', "'started_at and start_date are missing or do not cast'"),
            castable('cancelled_at', unix_timestamp('cancelled_at')),
            rejected_when("status = 'cancelled' and cancelled_at is null", "'cancelled_at is missing'"),
            castable('deleted', boolean('deleted')),
        ]) }} as rejection_reason,
        {{ evidence('payload') }} as payload
    from placed
    left join currencies on upper(placed.currency_code) = currencies.currency_code
)

select * from final
