-- Grain: one row per month, golden customer, currency and movement type.
-- `fx` is what currencies did, apart from what the customer did: it has no amount in transaction currency.
-- opening + movements + fx = closing (fct_customer_mrr).
with

customer_mrr as (
    select * from {{ ref('fct_customer_mrr') }}
),

movements as (
    select
        *,
        amount_movement_transaction as amount_transaction,
        amount_movement_group as amount_group
    from customer_mrr
    where movement_type is not null
),

currency_effects as (
    select
        * replace ('fx' as movement_type),
        cast(0 as {{ type_amount() }}) as amount_transaction,
        amount_fx_group as amount_group
    from customer_mrr
    where amount_fx_group <> 0 or is_rate_missing
),

all_movements as (
    select * from movements
    union all
    select * from currency_effects
),

final as (
    select
        {{ surrogate_key(['customer_id', 'transaction_currency', 'calendar_month', 'movement_type']) }}
            as mrr_movement_id,
        calendar_month,
        month_end_date,
        customer_id,
        transaction_currency,
        movement_type,
        amount_transaction,
        amount_group,
        group_currency,
        is_rate_missing,
        source_instance,
        load_id,
        recorded_at
    from all_movements
)

select * from final
