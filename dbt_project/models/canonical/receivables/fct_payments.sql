-- Grain: one row per movement of money that a payment provider made: charge, refund, fee, payout. Cash in > 0.
with

payments as (
    select * from {{ ref('all_payments') }}
),

invoices as (
    select * from {{ ref('fct_billing_invoices') }}
),

customer_slices as (
    select * from {{ ref('customer_slices') }}
),

final as (
    select
        {{ surrogate_key(['payments.source_instance', 'payments.source_payment_id']) }} as payment_id,
        payments.source_payment_id,
        payments.payment_type,
        {{ member_id('payments.source_customer_id', 'customer_slices.customer_id') }} as customer_id,
        payments.source_customer_id,
        {{ is_member_known('payments.source_customer_id', 'customer_slices.customer_id') }} as is_customer_known,
        payments.source_invoice_id,
        invoices.invoice_id,
        invoices.invoice_number,
        invoices.entity_id,
        invoices.entity_code,
        payments.payment_date,
        payments.amount_transaction,
        payments.amount_fee_transaction,
        payments.transaction_currency,
        payments.payment_status,
        payments.source_payout_id,
        payments.source_instance,
        payments.load_id,
        payments.recorded_at
    from payments
    left join invoices
        on
            payments.source_instance = invoices.source_instance
            and payments.source_invoice_id = invoices.source_invoice_id
    left join customer_slices
        on
            payments.source_instance = customer_slices.source_instance
            and payments.source_customer_id = customer_slices.source_customer_id
            and {{ is_valid_on('coalesce(payments.payment_date, ' ~ as_of_date() ~ ')', 'customer_slices') }}
)

select * from final
