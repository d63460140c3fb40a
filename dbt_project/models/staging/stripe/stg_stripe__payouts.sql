-- Grain: one row per payout to the bank.
with

base as (
    select * from {{ ref('base_stripe__payouts') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_payout_id,
        arrival_date,
        amount_transaction,
        transaction_currency,
        payout_status,
        source_balance_transaction_id
    from base
    where rejection_reason is null
)

select * from final
