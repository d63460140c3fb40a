-- Grain: one row per invoice, drafts and void ones included, with the reason to reject it if there is one.
-- Of a draft that was deleted Stripe says only that it is gone: no other field of it can be missing.
with

source as (
    {{ current_rows(source('landed_stripe', 'invoices'), ['id']) }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

unpacked as (
    select
        source.*,
        {{ json_text('status_transitions', 'finalized_at') }} as finalized_at,
        {{ json_text('status_transitions', 'voided_at') }} as voided_at,
        {{ json_sum('total_taxes', 'amount') }} as total_tax,
        {{ row_as_json('source') }} as payload
    from source
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_invoice_id,
        {{ normalise_code('number') }} as invoice_number,
        {{ json_text('metadata', 'company_code') }} as source_entity_id,
        {{ text('customer') }} as source_customer_id,
        -- An invoice dates from its finalisation; a draft has only its creation.
        cast(coalesce({{ unix_timestamp('finalized_at') }}, {{ unix_timestamp('created') }}) as date) as invoice_date,
        cast({{ unix_timestamp('due_date') }} as date) as due_date,
        {{ minor_units_to_amount(
            'try_cast(total as bigint) - total_tax', 'currencies.stripe_minor_units'
        ) }} as amount_net_transaction,
        {{ minor_units_to_amount('total_tax', 'currencies.stripe_minor_units') }} as amount_tax_transaction,
        {{ minor_units_to_amount('total', 'currencies.stripe_minor_units') }} as amount_gross_transaction,
        {{ minor_units_to_amount('amount_paid', 'currencies.stripe_minor_units') }} as amount_paid_transaction,
        currencies.currency_code as transaction_currency,
        {{ text('status') }} as invoice_status,
        cast({{ unix_timestamp('voided_at') }} as date) as voided_date,
        {{ json_text('metadata', 'posting_batch') }} as posting_batch,
        {{ json_text('parent', 'subscription_details.subscription') }} as source_subscription_id,
        coalesce(deleted, 'false') = 'true' as is_deleted,
        case
            when coalesce(deleted, 'false') <> 'true'
                then
                    {{ rejection_reason([
                        required('id'),
                        rejected_when("status <> 'draft' and coalesce(number, '') = ''", "'number is missing'"),
                        required('customer'),
                        rejected_when("coalesce(status, '') not in ('draft', 'open', 'paid', 'uncollectible', 'void')", "'status is unknown: ' || coalesce(status, '')"),
                        rejected_when('currencies.currency_code is null', "'currency is unknown: ' || coalesce(currency, '')"),
                        required('created', unix_timestamp('created')),
                        castable('due_date', unix_timestamp('due_date')),
                        required('total', whole_number('total')),
                        required('amount_paid', whole_number('amount_paid')),
                        castable('total_taxes', json_document('total_taxes')),
                        castable('status_transitions', json_document('status_transitions')),
                        castable('metadata', json_document('metadata')),
                        castable('parent', json_document('parent')),
                        rejected_when('total_tax is null', "'total_taxes has an amount that is no whole number'"),
                        rejected_when("lower(livemode) = 'false'", "'test mode, not live'"),
                    ]) }}
        end as rejection_reason,
        {{ evidence('payload') }} as payload
    from unpacked
    left join currencies on upper(unpacked.currency) = currencies.currency_code
)

select * from final
