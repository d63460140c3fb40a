-- Grain: one row per invoice that Fusion billed.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'receivables_invoices'), ['CustomerTransactionId']) }}
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
        {{ fusion_date('DueDate') }} as due_date,
        {{ text('TransactionType') }} as transaction_type,
        {{ text('TransactionSource') }} as transaction_source,
        {{ normalise_code('BillToCustomerNumber') }} as customer_number,
        {{ amount('EnteredAmount') }} as amount_gross,
        {{ amount('InvoiceBalanceAmount') }} as amount_remaining,
        {{ normalise_code('InvoiceCurrencyCode') }} as currency_code,
        {{ text('InvoiceStatus') }} as status_code,
        {{ normalise_code('LegalEntityIdentifier') }} as legal_entity_identifier,
        {{ rejection_reason([
            required('CustomerTransactionId'),
            required('TransactionNumber'),
            required('TransactionDate', fusion_date('TransactionDate')),
            castable('DueDate', fusion_date('DueDate')),
            required('BillToCustomerNumber'),
            required('EnteredAmount', amount('EnteredAmount')),
            required('InvoiceBalanceAmount', amount('InvoiceBalanceAmount')),
            required('InvoiceCurrencyCode'),
            required('InvoiceStatus'),
            required('LegalEntityIdentifier'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
