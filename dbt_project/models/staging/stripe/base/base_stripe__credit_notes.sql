-- Grain: one row per credit note, void ones included, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_stripe', 'credit_notes'), ['id']) }}
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
        {{ text('id') }} as source_credit_note_id,
        {{ normalise_code('number') }} as credit_note_number,
        {{ text('invoice') }} as source_invoice_id,
        {{ text('customer') }} as source_customer_id,
        {{ json_text('metadata', 'company_code') }} as source_entity_id,
        {{ json_text('metadata', 'posting_batch') }} as posting_batch,
        cast({{ unix_timestamp('created') }} as date) as credit_note_date,
        {{ minor_units_to_amount('subtotal', 'currencies.stripe_minor_units') }} as amount_net_transaction,
        {{ minor_units_to_amount(
            'try_cast(total as bigint) - try_cast(subtotal as bigint)', 'currencies.stripe_minor_units'
        ) }} as amount_tax_transaction,
        {{ minor_units_to_amount('total', 'currencies.stripe_minor_units') }} as amount_gross_transaction,
        currencies.currency_code as transaction_currency,
        {{ text('status') }} as credit_note_status,
        {{ rejection_reason([
            required('id'),
            required('number'),
            required('invoice'),
            required('customer'),
            rejected_when("coalesce(status, '') not in ('issued', 'void')", "'status is unknown: ' || coalesce(status, '')"),
            rejected_when('currencies.currency_code is null', "'currency is unknown: ' || coalesce(currency, '')"),
            required('created', unix_timestamp('created')),
            required('subtotal', whole_number('subtotal')),
            required('total', whole_number('total')),
            castable('metadata', json_document('metadata')),
            rejected_when("lower(livemode) = 'false'", "'test mode, not live'"),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
    left join currencies on upper(source.currency) = currencies.currency_code
)

select * from final
