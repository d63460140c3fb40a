-- Grain: one row per transaction that exists. A deleted one is gone from the source's tables without a trace in them,
-- so it stays landed: deleted_records takes it out.
with

transactions as (
    select * from {{ ref('stg_netsuite__transactions') }}
),

-- Records of all kinds are in one list, and ids of different kinds may be equal: -30 are transactions.
deleted_transactions as (
    select distinct
        source_instance,
        record_id as transaction_id
    from {{ ref('stg_netsuite__deleted_records') }}
    where record_type_id = '-30'
),

currencies as (
    select * from {{ ref('stg_netsuite__currencies') }}
),

final as (
    select
        transactions.transaction_id,
        transactions.transaction_reference,
        transactions.transaction_type,
        transactions.is_posting,
        transactions.transaction_date,
        transactions.due_date,
        transactions.accounting_period_id,
        currencies.currency_code as transaction_currency,
        transactions.counterparty_id,
        transactions.other_reference,
        transactions.memo,
        transactions.is_reversal,
        transactions.reversed_by_transaction_id,
        transactions.created_at,
        transactions.source_instance,
        transactions.load_id,
        transactions.recorded_at
    from transactions
    left join deleted_transactions
        on
            transactions.source_instance = deleted_transactions.source_instance
            and transactions.transaction_id = deleted_transactions.transaction_id
    left join currencies
        on
            transactions.source_instance = currencies.source_instance
            and transactions.currency_id = currencies.currency_id
    where deleted_transactions.transaction_id is null
)

select * from final
