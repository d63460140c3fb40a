-- Grain: one row per credit memo or payment a refund pays back, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_zuora', 'refund_applications'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_refund_application_id,
        {{ text('refundId') }} as source_refund_id,
        {{ text('creditMemoId') }} as source_credit_note_id,
        {{ text('paymentId') }} as source_payment_id,
        {{ text('invoiceId') }} as source_invoice_id,
        {{ amount('applyAmount') }} as amount_applied,
        {{ rejection_reason([
            required('id'),
            required('refundId'),
            required('applyAmount', amount('applyAmount')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
