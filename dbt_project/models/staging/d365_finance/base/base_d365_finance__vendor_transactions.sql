-- Grain: one row per transaction of a vendor, as last landed.
with

source as (
    {{ current_rows(source('landed_d365_finance', 'vendor_transactions'), ['dataAreaId', 'SourceKey']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['dataAreaId', 'SourceKey']) }} as source_key,
        {{ normalise_code('dataAreaId') }} as source_entity_id,
        {{ whole_number('SourceKey') }} as transaction_record_id,
        {{ normalise_code('AccountNum') }} as counterparty_number,
        {{ text('Voucher') }} as voucher,
        {{ d365_date('TransDate') }} as posting_date,
        {{ d365_date('DocumentDate') }} as document_date,
        {{ d365_date('DueDate') }} as due_date,
        {{ d365_enum('TransType', d365_transaction_types()) }} as transaction_type,
        {{ text('Invoice') }} as invoice_number,
        {{ text('DocumentNum') }} as document_reference,
        {{ text('PaymReference') }} as payment_reference,
        {{ text('PaymTermId') }} as payment_terms_code,
        {{ normalise_code('PostingProfile') }} as posting_profile,
        {{ d365_flag('Correct') }} as is_correction,
        {{ normalise_code('CurrencyCode') }} as transaction_currency,
        {{ amount('AmountCur') }} as amount_transaction,
        {{ amount('AmountMST') }} as amount_local,
        {{ amount('ReportingCurrencyAmount') }} as amount_reporting,
        {{ amount('SettleAmountCur') }} as amount_settled,
        {{ d365_date('Closed') }} as closed_date,
        {{ iso_timestamp('SysModifiedDateTime') }} as modified_at,
        {{ rejection_reason([
            required('dataAreaId'),
            required('SourceKey', whole_number('SourceKey')),
            required('AccountNum'),
            required('Voucher'),
            required('TransDate', d365_date('TransDate')),
            castable('DocumentDate', iso_timestamp('DocumentDate')),
            castable('DueDate', iso_timestamp('DueDate')),
            required('TransType', d365_enum('TransType', d365_transaction_types())),
            castable('Correct', d365_flag('Correct')),
            required('CurrencyCode'),
            required('AmountCur', amount('AmountCur')),
            required('AmountMST', amount('AmountMST')),
            castable('ReportingCurrencyAmount', amount('ReportingCurrencyAmount')),
            required('SettleAmountCur', amount('SettleAmountCur')),
            castable('Closed', iso_timestamp('Closed')),
            required('SysModifiedDateTime', iso_timestamp('SysModifiedDateTime')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
