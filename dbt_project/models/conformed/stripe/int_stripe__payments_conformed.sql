-- Grain: one row per charge, refund, payout and fee. Amounts move Stripe's balance: charges > 0; refunds, fees and
-- payouts (the money goes on to the bank) < 0, so settled rows sum to the balance of a currency.
-- Every fee is a row of its own; amount_fee_transaction repeats it beside its charge where both are in one currency.
with

charges as (
    select * from {{ ref('stg_stripe__charges') }}
),

refunds as (
    select * from {{ ref('stg_stripe__refunds') }}
),

payouts as (
    select * from {{ ref('stg_stripe__payouts') }}
),

balance_transactions as (
    select * from {{ ref('stg_stripe__balance_transactions') }}
),

payouts_in_order as (
    select
        *,
        coalesce(
            lag(created_at) over (
                partition by source_instance, transaction_currency order by created_at, source_payout_id
            ),
            cast('1970-01-01' as timestamp)
        ) as created_before_at
    from payouts
),

-- An automatic payout takes all that has become available since the one before it. Stripe's list does not say which that
-- is, so it is believed only where it adds up to the payout.
possible_settlements as (
    select
        balance_transactions.source_instance,
        balance_transactions.source_balance_transaction_id,
        payouts_in_order.source_payout_id,
        payouts_in_order.amount_transaction = sum(balance_transactions.amount_net_transaction) over (
            partition by payouts_in_order.source_instance, payouts_in_order.source_payout_id
        ) as is_whole
    from balance_transactions
    inner join payouts_in_order
        on
            balance_transactions.source_instance = payouts_in_order.source_instance
            and balance_transactions.transaction_currency = payouts_in_order.transaction_currency
            and balance_transactions.available_at > payouts_in_order.created_before_at
            and balance_transactions.available_at <= payouts_in_order.created_at
    where balance_transactions.reporting_category <> 'payout'
),

settlements as (
    select * from possible_settlements
    where is_whole
),

charge_rows as (
    select
        charges.source_charge_id as source_payment_id,
        'charge' as payment_type,
        charges.source_customer_id,
        charges.source_invoice_id,
        charges.charge_date as payment_date,
        charges.amount_transaction,
        case
            when charges.transaction_currency = balance_transactions.transaction_currency
                then balance_transactions.amount_fee_transaction
        end as amount_fee_transaction,
        charges.transaction_currency,
        charges.charge_status as payment_status,
        settlements.source_payout_id,
        charges.source_instance,
        charges.load_id,
        charges.recorded_at
    from charges
    left join balance_transactions
        on
            charges.source_instance = balance_transactions.source_instance
            and charges.source_balance_transaction_id = balance_transactions.source_balance_transaction_id
    left join settlements
        on
            charges.source_instance = settlements.source_instance
            and charges.source_balance_transaction_id = settlements.source_balance_transaction_id
),

refund_rows as (
    select
        refunds.source_refund_id as source_payment_id,
        'refund' as payment_type,
        charges.source_customer_id,
        charges.source_invoice_id,
        refunds.refund_date as payment_date,
        -refunds.amount_transaction as amount_transaction,
        cast(null as {{ type_amount() }}) as amount_fee_transaction,
        refunds.transaction_currency,
        refunds.refund_status as payment_status,
        settlements.source_payout_id,
        refunds.source_instance,
        refunds.load_id,
        refunds.recorded_at
    from refunds
    left join charges
        on
            refunds.source_instance = charges.source_instance
            and refunds.source_charge_id = charges.source_charge_id
    left join settlements
        on
            refunds.source_instance = settlements.source_instance
            and refunds.source_balance_transaction_id = settlements.source_balance_transaction_id
),

payout_rows as (
    select
        source_payout_id as source_payment_id,
        'payout' as payment_type,
        cast(null as varchar) as source_customer_id,
        cast(null as varchar) as source_invoice_id,
        arrival_date as payment_date,
        -amount_transaction as amount_transaction,
        cast(null as {{ type_amount() }}) as amount_fee_transaction,
        transaction_currency,
        payout_status as payment_status,
        source_payout_id,
        source_instance,
        load_id,
        recorded_at
    from payouts
),

-- A fee is withheld from the movement it belongs to, or is a movement itself (reporting category fee).
fees as (
    select
        *,
        case when reporting_category = 'fee' then amount_transaction else 0 end - amount_fee_transaction as amount_fee
    from balance_transactions
),

fee_rows as (
    select
        fees.source_balance_transaction_id as source_payment_id,
        'fee' as payment_type,
        charges.source_customer_id,
        charges.source_invoice_id,
        fees.transaction_date as payment_date,
        cast(fees.amount_fee as {{ type_amount() }}) as amount_transaction,
        cast(null as {{ type_amount() }}) as amount_fee_transaction,
        fees.transaction_currency,
        -- A fee is taken as its movement is recorded; only the money may not be available yet.
        'succeeded' as payment_status,
        settlements.source_payout_id,
        fees.source_instance,
        fees.load_id,
        fees.recorded_at
    from fees
    left join charges
        on fees.source_instance = charges.source_instance and fees.source_object_id = charges.source_charge_id
    left join settlements
        on
            fees.source_instance = settlements.source_instance
            and fees.source_balance_transaction_id = settlements.source_balance_transaction_id
    where fees.amount_fee <> 0
),

final as (
    select * from charge_rows
    union all
    select * from refund_rows
    union all
    select * from payout_rows
    union all
    select * from fee_rows
)

select * from final
