-- Grain: one row per payment to a supplier.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'payables_payments'), ['CheckId']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['CheckId']) }} as source_key,
        {{ text('CheckId') }} as payment_id,
        {{ normalise_code('PaymentNumber') }} as payment_number,
        {{ fusion_date('PaymentDate') }} as payment_date,
        {{ amount('PaymentAmount') }} as amount_paid,
        {{ normalise_code('PaymentCurrency') }} as currency_code,
        {{ text('PaymentStatus') }} as payment_status,
        {{ normalise_code('PaymentDescription') }} as payment_reference,
        {{ normalise_code('SupplierNumber') }} as supplier_number,
        {{ rejection_reason([
            required('CheckId'),
            required('PaymentNumber'),
            required('PaymentDate', fusion_date('PaymentDate')),
            required('PaymentAmount', amount('PaymentAmount')),
            required('PaymentCurrency'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
