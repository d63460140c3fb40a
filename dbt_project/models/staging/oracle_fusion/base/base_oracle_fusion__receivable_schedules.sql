-- Grain: one row per installment of a receivable, or receipt.
-- What is open is closed on the last day of all.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'receivable_schedules'), [
        'ArPaymentSchedulePaymentScheduleId'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['ArPaymentSchedulePaymentScheduleId']) }} as source_key,
        {{ text('ArPaymentSchedulePaymentScheduleId') }} as schedule_id,
        {{ text('ArPaymentScheduleCustomerTrxId') }} as transaction_id,
        {{ text('ArPaymentScheduleCashReceiptId') }} as receipt_id,
        {{ text('ArPaymentSchedulePaymentScheduleClass1') }} as schedule_class,
        {{ text('ArPaymentScheduleStatus') }} as status_code,
        {{ fusion_date('ArPaymentScheduleDueDate') }} as due_date,
        nullif({{ fusion_date('ArPaymentScheduleGlDateClosed') }}, date '4712-12-31') as closed_date,
        {{ normalise_code('ArPaymentScheduleInvoiceCurrencyCode') }} as currency_code,
        {{ amount('ArPaymentScheduleAmountDueOriginal') }} as amount_due,
        {{ amount('ArPaymentScheduleAmountDueRemaining') }} as amount_remaining,
        {{ rejection_reason([
            required('ArPaymentSchedulePaymentScheduleId'),
            required('ArPaymentSchedulePaymentScheduleClass1'),
            required('ArPaymentScheduleStatus'),
            castable('ArPaymentScheduleDueDate', fusion_date('ArPaymentScheduleDueDate')),
            castable('ArPaymentScheduleGlDateClosed', fusion_date('ArPaymentScheduleGlDateClosed')),
            required('ArPaymentScheduleInvoiceCurrencyCode'),
            required('ArPaymentScheduleAmountDueOriginal', amount('ArPaymentScheduleAmountDueOriginal')),
            required('ArPaymentScheduleAmountDueRemaining', amount('ArPaymentScheduleAmountDueRemaining')),
            rejected_when(
                "ArPaymentScheduleStatus not in ('OP', 'CL')",
                "'ArPaymentScheduleStatus is unknown: ' || ArPaymentScheduleStatus"
            ),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
