-- Grain: one row per invoice, pending, void and deleted ones included, with the reason to reject it if there is one.
-- total is what the customer owes: after discounts and credits of the line, tax and rounding included.
with

landed as (
    {{ newest_versions(source('landed_chargebee', 'invoices')) }}
),

source as (
    {{ current_rows('landed', ['id']) }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

placed as (
    select
        *,
        {{ json_text('site_details_at_creation', 'timezone') }} as stated_time_zone,
        {{ known_time_zone(json_text('site_details_at_creation', 'timezone')) }} as known_time_zone,
        try_cast(updated_at as bigint) as changed_at,
        {{ row_as_json('source') }} as payload
    from source
),

zoned as (
    select
        *,
        -- A document that does not say where its site lies takes what the newest one says.
        case
            when stated_time_zone is not null then known_time_zone
            else coalesce(max_by(known_time_zone, changed_at) over (partition by source_instance), 'UTC')
        end as time_zone
    from placed
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_invoice_id,
        -- A site without business entities is one entity: it goes by the name of the instance.
        coalesce({{ text('business_entity_id') }}, source_instance) as source_entity_id,
        {{ text('customer_id') }} as source_customer_id,
        {{ text('subscription_id') }} as source_subscription_id,
        {{ site_date('date', 'time_zone') }} as invoice_date,
        {{ site_date('due_date', 'time_zone') }} as due_date,
        {{ minor_units_to_amount('try_cast(total as bigint) - try_cast(tax as bigint)', 'currencies.minor_units') }}
            as amount_net_transaction,
        {{ minor_units_to_amount('tax', 'currencies.minor_units') }} as amount_tax_transaction,
        {{ minor_units_to_amount('total', 'currencies.minor_units') }} as amount_gross_transaction,
        -- Settled by money or by credit; a write-off settles nothing, it gives up.
        {{ minor_units_to_amount(
            'try_cast(amount_paid as bigint) + try_cast(credits_applied as bigint) + try_cast(amount_adjusted as bigint)',
            'currencies.minor_units'
        ) }} as amount_paid_transaction,
        {{ minor_units_to_amount('write_off_amount', 'currencies.minor_units') }} as amount_written_off_transaction,
        {{ minor_units_to_amount("coalesce(nullif(round_off_amount, ''), '0')", 'currencies.minor_units') }}
            as amount_rounding_transaction,
        currencies.currency_code as transaction_currency,
        {{ text('status') }} as invoice_status,
        {{ site_date('voided_at', 'time_zone') }} as voided_date,
        price_type = 'tax_inclusive' as is_tax_inclusive,
        {{ text('cf_posting_batch') }} as posting_batch,
        time_zone,
        changed_at,
        {{ chargebee_is_deleted() }} as is_deleted,
        {{ rejection_reason([
            required('id'),
            required('customer_id'),
            rejected_when("coalesce(status, '') not in ('paid', 'posted', 'payment_due', 'not_paid', 'voided', 'pending')", "'status is unknown: ' || coalesce(status, '')"),
            rejected_when("coalesce(price_type, '') not in ('tax_exclusive', 'tax_inclusive')", "'price_type is unknown: ' || coalesce(price_type, '')"),
            rejected_when('currencies.currency_code is null', "'currency_code is unknown: ' || coalesce(zoned.currency_code, '')"),
            rejected_when('time_zone is null', "'time zone is unknown: ' || stated_time_zone"),
            required('date', unix_timestamp('date')),
            castable('due_date', unix_timestamp('due_date')),
            required('total', whole_number('total')),
            required('tax', whole_number('tax')),
            required('amount_paid', whole_number('amount_paid')),
            required('amount_adjusted', whole_number('amount_adjusted')),
            required('credits_applied', whole_number('credits_applied')),
            required('write_off_amount', whole_number('write_off_amount')),
            castable('round_off_amount', whole_number('round_off_amount')),
            castable('deleted', boolean('deleted')),
        ]) }} as rejection_reason,
        {{ evidence('payload') }} as payload
    from zoned
    left join currencies on upper(zoned.currency_code) = currencies.currency_code
)

select * from final
