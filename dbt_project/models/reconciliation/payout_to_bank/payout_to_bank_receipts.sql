-- Grain: one row per bank movement of a payment provider: it names a payout, or comes from whoever has paid one out
-- before. In the currency of the payout, money in > 0.
with

bank_transactions as (select * from {{ ref('fct_bank_transactions') }}),

payouts as (
    select distinct source_payout_id
    from {{ ref('fct_payments') }}
    where payment_type = 'payout'
),

providers as (
    select distinct bank_transactions.counterparty_name
    from bank_transactions
    inner join payouts on bank_transactions.end_to_end_id = payouts.source_payout_id
    where bank_transactions.counterparty_name is not null
),

final as (
    select
        bank_transactions.bank_transaction_id as item_key,
        bank_transactions.source_instance,
        {{ natural_key([
            'bank_transactions.source_bank_account_id', 'bank_transactions.source_statement_id',
            'bank_transactions.entry_number'
        ]) }} as source_key,
        cast(null as varchar) as entity_code,
        cast(null as varchar) as counterparty_key,
        bank_transactions.booking_date as item_date,
        cast(null as date) as period_end_date,
        cast(null as date) as partner_due_date,
        bank_transactions.transaction_currency as currency_code,
        bank_transactions.amount_transaction as amount,
        bank_transactions.end_to_end_id as payout_reference,
        bank_transactions.load_id
    from bank_transactions
    left join payouts on bank_transactions.end_to_end_id = payouts.source_payout_id
    left join providers on bank_transactions.counterparty_name = providers.counterparty_name
    where payouts.source_payout_id is not null or providers.counterparty_name is not null
)

select * from final
