-- Grain: one row per movement of Stripe's balance, signed: money in > 0.
with

base as (
    select * from {{ ref('base_stripe__balance_transactions') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_balance_transaction_id,
        source_object_id,
        transaction_type,
        reporting_category,
        transaction_date,
        amount_transaction,
        amount_fee_transaction,
        amount_net_transaction,
        transaction_currency,
        transaction_status
    from base
    where rejection_reason is null
)

select * from final
