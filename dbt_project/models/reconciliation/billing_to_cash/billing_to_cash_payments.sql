-- Grain: one row per payment, or share of one, that a customer made or got back: what it settles, in its currency, money
-- in > 0. What failed or still waits has moved nothing. Fees and payouts are matters of payout_to_bank.
with

payments as (
    select * from {{ ref('fct_payments') }}
    where payment_type in ('charge', 'refund') and payment_status = 'succeeded'
),

tolerances as (
    select * from {{ ref('tolerances_by_currency') }}
    where reconciliation_name = 'billing_to_cash'
),

final as (
    select
        payments.payment_id as item_key,
        payments.source_instance,
        payments.source_payment_id as source_key,
        payments.entity_code,
        payments.customer_id as counterparty_key,
        payments.payment_date as item_date,
        cast(null as date) as period_end_date,
        {{ days_after('payments.payment_date', 'coalesce(tolerances.window_days, 0)') }} as partner_due_date,
        payments.transaction_currency as currency_code,
        payments.amount_transaction as amount,
        payments.invoice_id as settled_invoice_id,
        payments.source_payout_id as payout_reference,
        payments.load_id
    from payments
    left join tolerances on payments.transaction_currency = tolerances.currency_code
)

select * from final
