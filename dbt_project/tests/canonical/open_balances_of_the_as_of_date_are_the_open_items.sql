-- One metric, two tables: what the balances say was open on the as-of date are the items that are open.
with

balances as (
    select
        'AR' as subledger,
        *
    from {{ ref('fct_ar_open_balances') }}
    where open_on = {{ as_of_date() }}
    union all by name
    select
        'AP' as subledger,
        *
    from {{ ref('fct_ap_open_balances') }}
    where open_on = {{ as_of_date() }}
),

items as (
    select * from {{ ref('fct_ar_open_items') }}
    union all by name
    select * from {{ ref('fct_ap_open_items') }}
),

of_balances as (
    select
        subledger,
        entity_code,
        account_id,
        transaction_currency,
        sum(item_count) as item_count,
        sum(amount_transaction) as amount_transaction,
        sum(amount_local) as amount_local
    from balances
    group by subledger, entity_code, account_id, transaction_currency
),

of_items as (
    select
        subledger,
        entity_code,
        account_id,
        transaction_currency,
        count(*) as item_count,
        sum(amount_transaction) as amount_transaction,
        sum(amount_local) as amount_local
    from items
    group by subledger, entity_code, account_id, transaction_currency
)

select *
from of_balances
full outer join of_items
    on
        of_balances.subledger = of_items.subledger
        and of_balances.entity_code is not distinct from of_items.entity_code
        and of_balances.account_id is not distinct from of_items.account_id
        and of_balances.transaction_currency is not distinct from of_items.transaction_currency
where
    of_balances.item_count is distinct from of_items.item_count
    or of_balances.amount_transaction is distinct from of_items.amount_transaction
    or of_balances.amount_local is distinct from of_items.amount_local
