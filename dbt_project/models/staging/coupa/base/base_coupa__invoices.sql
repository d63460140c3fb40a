-- Grain: one row per invoice or credit note in any status, with the reason to reject it if there is one. Amounts are what
-- is owed: an invoice > 0, a credit note < 0, whichever sign the document has.
with

landed as (
    {{ newest_versions(source('landed_coupa', 'invoices'), iso_timestamp('"updated-at"')) }}
),

source as (
    {{ current_rows('landed', ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_invoice_id,
        {{ normalise_code('"invoice-number"') }} as invoice_number,
        {{ json_text('"account-type"', 'id') }} as source_entity_id,
        {{ json_text('supplier', 'id') }} as source_supplier_id,
        {{ coupa_is_credit_note('"document-type"') }} as is_credit_note,
        {{ normalise_code('"original-invoice-number"') }} as original_invoice_number,
        lower({{ text('status') }}) as document_status,
        -- It counts once it is approved; one that was voided, rejected or given up claims nothing.
        case
            when lower(status) = 'approved' then 'approved'
            when lower(status) in ('voided', 'rejected', 'abandoned', 'invalid') then 'void'
            else 'pending'
        end as invoice_status,
        {{ coupa_date('"invoice-date"') }} as invoice_date,
        {{ coupa_date('"net-due-date"') }} as due_date,
        {{ coupa_signed('"gross-total"', '"document-type"') }} as amount_gross_transaction,
        {{ coupa_signed('"tax-amount"', '"document-type"') }} as amount_tax_transaction,
        {{ normalise_code(json_text('currency', 'code')) }} as transaction_currency,
        {{ normalise_code(json_text('"payment-term"', 'code')) }} as payment_terms_code,
        coalesce({{ boolean('paid') }}, false) as is_paid,
        {{ coupa_date('"payment-date"') }} as payment_date,
        {{ rejection_reason([
            required('id'),
            required('status'),
            required('"invoice-date"', coupa_date('"invoice-date"')),
            castable('"net-due-date"', coupa_date('"net-due-date"')),
            castable('"payment-date"', coupa_date('"payment-date"')),
            required('"gross-total"', amount('"gross-total"')),
            castable('"tax-amount"', amount('"tax-amount"')),
            castable('currency', json_document('currency')),
            rejected_when(normalise_code(json_text('currency', 'code')) ~ ' is null', "'currency is missing'"),
            castable('supplier', json_document('supplier')),
            castable('"account-type"', json_document('"account-type"')),
            castable('"payment-term"', json_document('"payment-term"')),
            castable('paid', boolean('paid')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
