-- Grain: one row per installment of an invoice.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'payables_installments'), ['InvoiceId', 'InstallmentNumber']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        coalesce(is_removed, false) as is_removed,
        {{ natural_key(['InvoiceId', 'InstallmentNumber']) }} as source_key,
        {{ text('InvoiceId') }} as invoice_id,
        {{ text('InstallmentNumber') }} as installment_number,
        {{ fusion_date('DueDate') }} as due_date,
        {{ amount('GrossAmount') }} as amount_gross,
        {{ amount('UnpaidAmount') }} as amount_unpaid,
        {{ rejection_reason([
            required('InvoiceId'),
            required('InstallmentNumber'),
            required('DueDate', fusion_date('DueDate')),
            required('GrossAmount', amount('GrossAmount')),
            required('UnpaidAmount', amount('UnpaidAmount')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
