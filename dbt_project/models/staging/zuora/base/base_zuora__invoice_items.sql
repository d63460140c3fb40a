-- Grain: one row per item of an invoice, with the reason to reject it if there is one.
-- The charge has no tax inside, whatever its tax mode; a period names its last day. A discount is an item of its own that
-- names the one it is taken off. Processing types come as numbers or as words.
with

landed as (
    {{ zuora_rows('invoice_items') }}
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
        {{ text('Id') }} as source_invoice_line_id,
        {{ text('InvoiceId') }} as source_invoice_id,
        {{ text('SubscriptionId') }} as source_subscription_version_id,
        {{ text('RatePlanChargeId') }} as source_charge_id,
        {{ text('ProductRatePlanChargeId') }} as source_price_id,
        {{ text('AppliedToInvoiceItemId') }} as applied_to_line_id,
        case {{ zuora_word('ProcessingType') }}
            when '0' then 'charge'
            when '1' then 'discount'
            when '2' then 'prepayment'
            when '3' then 'tax'
            else {{ zuora_word('ProcessingType') }}
        end as processing_type,
        {{ amount('ChargeAmount') }} as amount_net_transaction,
        {{ quantity('Quantity') }} as quantity,
        {{ iso_date('ServiceStartDate') }} as service_start_date,
        {{ days_after(iso_date('ServiceEndDate'), 1) }} as service_end_date,
        {{ zuora_is_deleted() }} as is_deleted,
        {{ rejection_reason([
            required('Id'),
            required('InvoiceId'),
            required('ProcessingType'),
            required('ChargeAmount', amount('ChargeAmount')),
            castable('Quantity', quantity('Quantity')),
            required('ServiceStartDate', iso_date('ServiceStartDate')),
            required('ServiceEndDate', iso_date('ServiceEndDate')),
            castable('Deleted', boolean('Deleted')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
