-- Grain: one row per credit note, void and deleted ones included, with the reason to reject it if there is one.
-- Amounts > 0, as on the document. sub_total may have the tax inside: net is total less the taxes.
with

landed as (
    {{ newest_versions(source('landed_chargebee', 'credit_notes')) }}
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
        coalesce({{ json_text('site_details_at_creation', 'timezone') }}, sites.time_zone, 'UTC') as site_time_zone,
        {{ json_sum('taxes', 'amount') }} as total_tax,
        {{ row_as_json('source') }} as payload
    from source
    left join sites on source.source_instance = sites.source_instance
),

zoned as (
    select
        *,
        {{ known_time_zone('site_time_zone') }} as time_zone
    from placed
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_credit_note_id,
        {{ text('reference_invoice_id') }} as source_invoice_id,
        {{ text('customer_id') }} as source_customer_id,
        {{ text('subscription_id') }} as source_subscription_id,
        -- A site without business entities is one entity: it goes by the name of the instance.
        coalesce({{ text('business_entity_id') }}, source_instance) as source_entity_id,
        {{ site_date('date', 'time_zone') }} as credit_note_date,
        {{ minor_units_to_amount('try_cast(total as bigint) - total_tax', 'currencies.minor_units') }}
            as amount_net_transaction,
        {{ minor_units_to_amount('total_tax', 'currencies.minor_units') }} as amount_tax_transaction,
        {{ minor_units_to_amount('total', 'currencies.minor_units') }} as amount_gross_transaction,
        {{ minor_units_to_amount(
            'try_cast(amount_allocated as bigint) + try_cast(amount_refunded as bigint)', 'currencies.minor_units'
        ) }} as amount_used_transaction,
        currencies.currency_code as transaction_currency,
        {{ text('status') }} as credit_note_status,
        -- The reason has a code of its own, or one that somebody gave it.
        type = 'adjustment'
        and (coalesce(reason_code, '') = 'write_off' or lower(coalesce(create_reason_code, '')) = 'write off')
            as is_write_off,
        {{ chargebee_is_deleted() }} as is_deleted,
        {{ rejection_reason([
            required('id'),
            required('customer_id'),
            rejected_when("coalesce(type, '') not in ('adjustment', 'refundable', 'store')", "'type is unknown: ' || coalesce(type, '')"),
            rejected_when("coalesce(status, '') not in ('adjusted', 'refunded', 'refund_due', 'voided')", "'status is unknown: ' || coalesce(status, '')"),
            rejected_when('currencies.currency_code is null', "'currency_code is unknown: ' || coalesce(zoned.currency_code, '')"),
            rejected_when('time_zone is null', "'time zone is unknown: ' || site_time_zone"),
            required('date', unix_timestamp('date')),
            required('total', whole_number('total')),
            required('amount_allocated', whole_number('amount_allocated')),
            required('amount_refunded', whole_number('amount_refunded')),
            castable('taxes', json_document('taxes')),
            rejected_when('total_tax is null', "'taxes has an amount that is no whole number'"),
            castable('deleted', boolean('deleted')),
        ]) }} as rejection_reason,
        {{ evidence('payload') }} as payload
    from zoned
    left join currencies on upper(zoned.currency_code) = currencies.currency_code
)

select * from final
