-- Grain: one row per payment and invoice it settles, with the reason to reject it if there is one.
with

landed as (
    {{ zuora_rows('payment_parts') }}
),

source as (
    {{ current_rows('landed', ['Id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Id']) }} as source_key,
        {{ text('Id') }} as source_payment_part_id,
        {{ text('PaymentId') }} as source_payment_id,
        {{ text('InvoiceId') }} as source_invoice_id,
        {{ amount('Amount') }} as amount_settled,
        {{ zuora_is_deleted() }} as is_deleted,
        {{ rejection_reason([
            required('Id'),
            required('PaymentId'),
            required('Amount', amount('Amount')),
            castable('Deleted', boolean('Deleted')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
