-- Grain: one row per entry of the general ledger of a company, as last landed.
with

source as (
    {{ current_rows(source('landed_business_central', 'general_ledger_entries'), ['companyId', 'id']) }}
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
        {{ business_central_date('postingDate') }} as posting_date,
        {{ text('documentNumber') }} as document_number,
        {{ business_central_option('documentType') }} as document_type,
        {{ normalise_code('accountNumber') }} as account_number,
        {{ text('description') }} as line_text,
        {{ amount('debitAmount') }} as amount_debit,
        {{ amount('creditAmount') }} as amount_credit,
        {{ iso_timestamp('lastModifiedDateTime') }} as modified_at,
        cast({{ amount('debitAmount') }} - {{ amount('creditAmount') }} as {{ type_amount() }}) as amount_local,
        {{ rejection_reason([
            required('companyId', business_central_id('companyId')),
            required('id', business_central_id('id')),
            required('entryNumber', whole_number('entryNumber')),
            required('postingDate', business_central_date('postingDate')),
            required('documentNumber'),
            required('accountNumber'),
            required('debitAmount', amount('debitAmount')),
            required('creditAmount', amount('creditAmount')),
            required('lastModifiedDateTime', iso_timestamp('lastModifiedDateTime')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
