-- Grain: one row per refund, failed ones included.
with

base as (
    select * from {{ ref('base_stripe__refunds') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_refund_id,
        source_charge_id,
        refund_date,
        amount_transaction,
        transaction_currency,
        refund_status,
        source_balance_transaction_id
    from base
    where rejection_reason is null
)

select * from final
