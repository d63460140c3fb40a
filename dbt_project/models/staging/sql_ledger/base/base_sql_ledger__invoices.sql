-- Grain: one row per invoice or credit note, current version.
-- Credit notes are below zero.
with

source as (
    {{ current_rows(source('landed_sql_ledger', 'invoices'), ['invoice']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['invoice']) }} as source_key,
        {{ normalise_code('invoice') }} as source_invoice_id,
        {{ normalise_code('number') }} as invoice_number,
        {{ normalise_code('entity') }} as source_entity_id,
        {{ normalise_code('customer') }} as source_customer_id,
        {{ file_date('invoice_date') }} as invoice_date,
        {{ file_date('due_date') }} as due_date,
        {{ amount('net') }} as amount_net,
        {{ amount('tax') }} as amount_tax,
        {{ amount('gross') }} as amount_gross,
        {{ amount('paid') }} as amount_paid,
        {{ normalise_code('currency') }} as transaction_currency,
        lower({{ text('status') }}) as invoice_status,
        {{ rejection_reason([
            required('invoice'),
            required('entity'),
            required('customer'),
            required('invoice_date', file_date('invoice_date')),
            castable('due_date', file_date('due_date')),
            required('net', amount('net')),
            castable('tax', amount('tax')),
            required('gross', amount('gross')),
            castable('paid', amount('paid')),
            required('currency'),
            one_of('status', ['open', 'paid', 'cancelled', 'draft']),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
