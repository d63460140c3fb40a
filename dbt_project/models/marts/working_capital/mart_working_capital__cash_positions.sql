-- Grain: one row per ledger, entity, cash account and fiscal period: what stood on the account at the end of the
-- period, in local currency, money in the bank > 0. Cash is what the group chart reports as cash and cash equivalents.
with

trial_balances as (select * from {{ ref('fct_trial_balances') }}),

accounts as (select * from {{ ref('dim_accounts') }}),

entities as (select * from {{ ref('dim_entities') }}),

final as (
    select
        trial_balances.ledger_code,
        trial_balances.entity_code,
        entities.entity_name,
        trial_balances.source_instance,
        accounts.chart_code,
        trial_balances.source_account_id,
        accounts.account_name,
        accounts.group_account_code,
        trial_balances.fiscal_year,
        trial_balances.fiscal_period,
        trial_balances.calendar_month,
        trial_balances.period_end_date,
        trial_balances.local_currency,
        trial_balances.amount_opening_local,
        cast(trial_balances.amount_debit_local + trial_balances.amount_credit_local as {{ type_amount() }})
            as amount_movement_local,
        trial_balances.amount_closing_local
    from trial_balances
    inner join accounts on trial_balances.account_id = accounts.account_id
    left join entities on trial_balances.entity_id = entities.entity_id
    where lower(accounts.statement_line) = 'cash and cash equivalents'
)

select * from final
