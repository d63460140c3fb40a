-- Grain: one row per invoice of a supplier.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'payables_invoices'), ['InvoiceId']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['InvoiceId']) }} as source_key,
        {{ text('InvoiceId') }} as invoice_id,
        {{ normalise_code('InvoiceNumber') }} as invoice_number,
        {{ text('InvoiceType') }} as invoice_type,
        {{ normalise_code('InvoiceCurrency') }} as currency_code,
        {{ amount('InvoiceAmount') }} as amount_gross,
        {{ fusion_date('InvoiceDate') }} as invoice_date,
        {{ fusion_date('AccountingDate') }} as accounting_date,
        {{ text('LegalEntity') }} as legal_entity_name,
        {{ normalise_code('SupplierNumber') }} as supplier_number,
        {{ text('PaidStatus') }} as paid_status,
        {{ text('ValidationStatus') }} as validation_status,
        {{ boolean('CanceledFlag') }} as is_cancelled,
        {{ amount('AmountPaid') }} as amount_paid,
        {{ rejection_reason([
            required('InvoiceId'),
            required('InvoiceNumber'),
            required('InvoiceCurrency'),
            required('InvoiceAmount', amount('InvoiceAmount')),
            required('InvoiceDate', fusion_date('InvoiceDate')),
            castable('AccountingDate', fusion_date('AccountingDate')),
            required('SupplierNumber'),
            required('PaidStatus'),
            castable('CanceledFlag', boolean('CanceledFlag')),
            castable('AmountPaid', amount('AmountPaid')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
