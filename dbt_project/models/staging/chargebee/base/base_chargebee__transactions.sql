-- Grain: one row per transaction, failed and deleted ones included, with the reason to reject it if there is one.
-- linked_items is what it settles: invoices of a payment, credit notes of a refund; amounts in minor units.
with

landed as (
    {{ newest_versions(source('landed_chargebee', 'transactions')) }}
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
        case when type = 'refund' then linked_credit_notes else linked_invoices end as linked_items,
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
        {{ text('id') }} as source_transaction_id,
        {{ text('customer_id') }} as source_customer_id,
        {{ text('type') }} as transaction_type,
        {{ text('status') }} as transaction_status,
        {{ site_date('date', 'time_zone') }} as transaction_date,
        {{ minor_units_to_amount('amount', 'currencies.minor_units') }} as amount_transaction,
        currencies.currency_code as transaction_currency,
        linked_items,
        {{ chargebee_is_deleted() }} as is_deleted,
        {{ rejection_reason([
            required('id'),
            rejected_when("coalesce(type, '') not in ('authorization', 'payment', 'refund', 'payment_reversal')", "'type is unknown: ' || coalesce(type, '')"),
            rejected_when("coalesce(status, '') not in ('in_progress', 'success', 'voided', 'failure', 'timeout', 'needs_attention', 'late_failure')", "'status is unknown: ' || coalesce(status, '')"),
            rejected_when('currencies.currency_code is null', "'currency_code is unknown: ' || coalesce(placed.currency_code, '')"),
            required('date', unix_timestamp('date')),
            required('amount', whole_number('amount')),
            castable('linked_items', json_document('linked_items')),
            rejected_when(json_sum('linked_items', 'applied_amount') ~ ' is null',
                "'linked_items has an applied_amount that is no whole number'"),
            castable('deleted', boolean('deleted')),
        ]) }} as rejection_reason,
        {{ evidence('payload') }} as payload
    from placed
    left join currencies on upper(placed.currency_code) = currencies.currency_code
)

select * from final
