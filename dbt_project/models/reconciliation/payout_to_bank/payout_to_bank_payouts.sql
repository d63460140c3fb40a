-- Grain: one row per part of a payout: what was collected (charges less refunds) and the fees the provider kept, or the
-- payout itself where its parts are not known. In the currency of the payout, money that the bank should receive > 0.
-- Only payouts of the time for which the banks have sent statements.
with

payments as (select * from {{ ref('fct_payments') }}),

bank_statements as (select * from {{ ref('fct_bank_statements') }}),

tolerances as (
    select * from {{ ref('tolerances_by_currency') }}
    where reconciliation_name = 'payout_to_bank'
),

told_days as (
    select
        min(statement_date) as first_day,
        max(statement_date) as last_day
    from bank_statements
),

payouts as (
    select
        payments.source_instance,
        payments.source_payout_id,
        payments.payment_date,
        payments.transaction_currency,
        -payments.amount_transaction as amount,
        payments.load_id
    from payments
    inner join told_days
        on payments.payment_date >= told_days.first_day and payments.payment_date <= told_days.last_day
    where payments.payment_type = 'payout' and payments.payment_status not in ('failed', 'canceled')
),

parts as (
    select
        payouts.source_instance,
        payouts.source_payout_id,
        case when payments.payment_type = 'fee' then 'fees' else 'collected' end as part,
        sum(payments.amount_transaction) as amount
    from payouts
    inner join payments
        on
            payouts.source_instance = payments.source_instance
            and payouts.source_payout_id = payments.source_payout_id
            and payouts.transaction_currency = payments.transaction_currency
    where payments.payment_type <> 'payout'
    group by
        payouts.source_instance,
        payouts.source_payout_id,
        case when payments.payment_type = 'fee' then 'fees' else 'collected' end
),

-- What was settled in another currency than it was charged in does not add up: then the payout is one item.
whole_payouts as (
    select
        payouts.source_instance,
        payouts.source_payout_id,
        max(payouts.amount) = sum(parts.amount) as is_known
    from payouts
    inner join parts
        on payouts.source_instance = parts.source_instance and payouts.source_payout_id = parts.source_payout_id
    group by payouts.source_instance, payouts.source_payout_id
),

items as (
    select
        payouts.source_instance,
        payouts.source_payout_id,
        payouts.payment_date,
        payouts.transaction_currency,
        payouts.load_id,
        coalesce(parts.part, 'payout') as part,
        coalesce(parts.amount, payouts.amount) as amount
    from payouts
    left join whole_payouts
        on
            payouts.source_instance = whole_payouts.source_instance
            and payouts.source_payout_id = whole_payouts.source_payout_id
    left join parts
        on
            payouts.source_instance = parts.source_instance
            and payouts.source_payout_id = parts.source_payout_id
            and whole_payouts.is_known
),

final as (
    select
        {{ surrogate_key(['items.source_instance', 'items.source_payout_id', 'items.part']) }} as item_key,
        items.source_instance,
        {{ natural_key(['items.source_payout_id', 'items.part']) }} as source_key,
        -- A payout has no entity: several may share it.
        cast(null as varchar) as entity_code,
        cast(null as varchar) as counterparty_key,
        items.payment_date as item_date,
        cast(null as date) as period_end_date,
        {{ days_after('items.payment_date', 'coalesce(tolerances.window_days, 0)') }} as partner_due_date,
        items.transaction_currency as currency_code,
        cast(items.amount as {{ type_amount() }}) as amount,
        items.source_payout_id as payout_reference,
        items.part,
        items.load_id
    from items
    left join tolerances on items.transaction_currency = tolerances.currency_code
)

select * from final
