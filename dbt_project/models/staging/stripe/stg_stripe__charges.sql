-- Grain: one row per charge, failed ones included.
with

base as (
    select * from {{ ref('base_stripe__charges') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_charge_id,
        source_customer_id,
        source_invoice_id,
        charge_date,
        amount_transaction,
        transaction_currency,
        charge_status,
        source_balance_transaction_id
    from base
    where rejection_reason is null
)

select * from final
