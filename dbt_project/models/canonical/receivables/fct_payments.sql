-- Grain: one row per movement of money that a payment provider made: charge, refund, fee, payout. Cash in > 0.
with

payments as (
    select * from {{ ref('all_payments') }}
),

invoices as (
    select * from {{ ref('fct_billing_invoices') }}
),

customer_crosswalk as (
    select * from {{ ref('customer_crosswalk') }}
),

final as (
    select
        {{ surrogate_key(['payments.source_instance', 'payments.source_payment_id']) }} as payment_id,
        payments.source_payment_id,
        payments.payment_type,
        {{ member_id('payments.source_customer_id', 'customer_crosswalk.customer_id') }} as customer_id,
        payments.source_customer_id,
        {{ is_member_known('payments.source_customer_id', 'customer_crosswalk.customer_id') }} as is_customer_known,
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
    left join customer_crosswalk
        on
            payments.source_instance = customer_crosswalk.source_instance
            and payments.source_customer_id = customer_crosswalk.source_customer_id
)

select * from final
