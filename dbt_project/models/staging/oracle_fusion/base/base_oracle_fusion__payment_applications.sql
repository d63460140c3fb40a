-- Grain: one row per payment of an invoice.
-- A payment that was voided has a second row with the amount taken back; both bear the flag. The
-- amount is in the currency of the invoice.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'payment_applications'), [
        'ApInvoicePaymentsAllInvoicePaymentId'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['ApInvoicePaymentsAllInvoicePaymentId']) }} as source_key,
        {{ text('ApInvoicePaymentsAllInvoicePaymentId') }} as application_id,
        {{ text('ApInvoicePaymentsAllInvoiceId') }} as invoice_id,
        {{ text('ApInvoicePaymentsAllCheckId') }} as payment_id,
        coalesce({{ amount('ApInvoicePaymentsAllAmountInvCurr') }}, {{ amount('ApInvoicePaymentsAllAmount') }})
            as amount_applied,
        {{ fusion_date('ApInvoicePaymentsAllAccountingDate') }} as applied_date,
        {{ fusion_flag('ApInvoicePaymentsAllReversalFlag') }} as is_reversal,
        {{ rejection_reason([
            required('ApInvoicePaymentsAllInvoicePaymentId'),
            required('ApInvoicePaymentsAllInvoiceId'),
            required('ApInvoicePaymentsAllCheckId'),
            required('ApInvoicePaymentsAllAmount', amount('ApInvoicePaymentsAllAmount')),
            castable('ApInvoicePaymentsAllAmountInvCurr', amount('ApInvoicePaymentsAllAmountInvCurr')),
            required('ApInvoicePaymentsAllAccountingDate', fusion_date('ApInvoicePaymentsAllAccountingDate')),
            castable('ApInvoicePaymentsAllReversalFlag', fusion_flag('ApInvoicePaymentsAllReversalFlag')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
