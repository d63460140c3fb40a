-- Grain: one row per ledger entry of a customer, as last landed.
with

source as (
    {{ current_rows(source('landed_business_central', 'customer_ledger_entries'), ['companyId', 'id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['companyId', 'id']) }} as source_key,
        {{ business_central_id('companyId') }} as company_id,
        {{ business_central_id('id') }} as record_id,
        {{ whole_number('entryNumber') }} as entry_number,
        {{ normalise_code('customerNumber') }} as counterparty_number,
        {{ normalise_code('customerPostingGroup') }} as posting_group_code,
        {{ business_central_date('postingDate') }} as posting_date,
        {{ business_central_date('documentDate') }} as document_date,
        {{ business_central_date('dueDate') }} as due_date,
        {{ business_central_option('documentType') }} as document_type,
        {{ text('documentNumber') }} as document_number,
        {{ text('externalDocumentNumber') }} as external_document_number,
        {{ normalise_code('currencyCode') }} as currency_code,
        {{ amount('amount') }} as amount_transaction,
        {{ amount('amountLcy') }} as amount_local,
        {{ amount('remainingAmount') }} as amount_remaining,
        {{ boolean('open') }} as is_open,
        {{ whole_number('closedByEntryNumber') }} as closed_by_entry_number,
        {{ business_central_date('closedAtDate') }} as closed_date,
        {{ whole_number('reversedByEntryNumber') }} as reversed_by_entry_number,
        {{ whole_number('reversedEntryNumber') }} as reversed_entry_number,
        {{ iso_timestamp('lastModifiedDateTime') }} as modified_at,
        {{ rejection_reason([
            required('companyId', business_central_id('companyId')),
            required('id', business_central_id('id')),
            required('entryNumber', whole_number('entryNumber')),
            required('customerNumber'),
            required('customerPostingGroup'),
            required('postingDate', business_central_date('postingDate')),
            castable('documentDate', iso_date('documentDate')),
            castable('dueDate', iso_date('dueDate')),
            required('documentNumber'),
            required('amount', amount('amount')),
            required('amountLcy', amount('amountLcy')),
            required('remainingAmount', amount('remainingAmount')),
            required('open', boolean('open')),
            castable('closedByEntryNumber', whole_number('closedByEntryNumber')),
            castable('closedAtDate', iso_date('closedAtDate')),
            castable('reversedByEntryNumber', whole_number('reversedByEntryNumber')),
            castable('reversedEntryNumber', whole_number('reversedEntryNumber')),
            required('lastModifiedDateTime', iso_timestamp('lastModifiedDateTime')),
            rejected_when(
                boolean('open') ~ ' <> (' ~ amount('remainingAmount') ~ ' <> 0)',
                "'remainingAmount ' || remainingAmount || ' contradicts open ' || open"
            ),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
