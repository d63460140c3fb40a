-- Grain: one row per credit memo that Fusion billed.
-- Amounts are below zero.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'receivables_credit_memos'), ['CustomerTransactionId']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['CustomerTransactionId']) }} as source_key,
        {{ text('CustomerTransactionId') }} as transaction_id,
        {{ normalise_code('TransactionNumber') }} as transaction_number,
        {{ fusion_date('TransactionDate') }} as transaction_date,
        {{ text('TransactionType') }} as transaction_type,
        {{ text('TransactionSource') }} as transaction_source,
        {{ normalise_code('BillToCustomerNumber') }} as customer_number,
        {{ amount('EnteredAmount') }} as amount_gross,
        {{ normalise_code('InvoiceCurrencyCode') }} as currency_code,
        {{ text('CreditMemoStatus') }} as status_code,
        {{ normalise_code('LegalEntityIdentifier') }} as legal_entity_identifier,
        {{ rejection_reason([
            required('CustomerTransactionId'),
            required('TransactionNumber'),
            required('TransactionDate', fusion_date('TransactionDate')),
            required('BillToCustomerNumber'),
            required('EnteredAmount', amount('EnteredAmount')),
            required('InvoiceCurrencyCode'),
            required('CreditMemoStatus'),
            required('LegalEntityIdentifier'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
