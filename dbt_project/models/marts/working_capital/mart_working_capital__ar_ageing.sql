-- Grain: one row per entity, control account, customer and transaction currency with open items on the as-of date.
-- Amounts are what is owed to us, receivable > 0, in local currency by days past due; items on the other side
-- (payments and credit notes not yet applied) stand in their own column. The total is the balance of the control
-- account.
with

aged_items as (
    {{ aged_open_items(
        open_items=ref('fct_ar_open_items'),
        counterparty_id='customer_id',
        receivable_sign=1
    ) }}
),

customers as (select * from {{ ref('dim_customers') }}),

entities as (select * from {{ ref('dim_entities') }}),

accounts as (select * from {{ ref('dim_accounts') }}),

final as (
    select
        aged_items.as_of_date,
        aged_items.entity_code,
        entities.entity_name,
        accounts.source_account_id,
        accounts.group_account_code,
        aged_items.counterparty_id as customer_id,
        customers.customer_name,
        aged_items.local_currency,
        aged_items.amount_not_due_local,
        aged_items.amount_1_to_30_local,
        aged_items.amount_31_to_60_local,
        aged_items.amount_61_to_90_local,
        aged_items.amount_over_90_local,
        aged_items.amount_unapplied_credits_local,
        aged_items.amount_total_local,
        aged_items.transaction_currency,
        aged_items.amount_total_transaction,
        aged_items.item_count,
        aged_items.oldest_due_date
    from aged_items
    left join customers on aged_items.counterparty_id = customers.customer_id
    left join entities on aged_items.entity_code = entities.entity_code
    left join accounts on aged_items.account_id = accounts.account_id
)

select * from final
