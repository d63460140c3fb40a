-- One metric, two tables: the movement columns of the mart are the rows of fct_mrr_movements, per month and currency.
with

by_type as (
    select
        calendar_month,
        transaction_currency,
        sum(amount_transaction) as amount_movement
    from {{ ref('fct_mrr_movements') }}
    group by calendar_month, transaction_currency
),

by_customer as (
    select
        calendar_month,
        transaction_currency,
        sum(amount_closing_transaction - amount_opening_transaction) as amount_movement
    from {{ ref('mart_revenue__mrr_movements') }}
    group by calendar_month, transaction_currency
)

select *
from by_type
full outer join by_customer
    on
        by_type.calendar_month = by_customer.calendar_month
        and by_type.transaction_currency = by_customer.transaction_currency
where coalesce(by_type.amount_movement, 0) <> coalesce(by_customer.amount_movement, 0)
