-- Grain: one row per ledger, entity, account of the entity's chart and fiscal period. Local currency, debit > 0,
-- credit < 0; opening + debits + credits = closing, and every entity and period sums to 0.
with

trial_balances as (select * from {{ ref('fct_trial_balances') }}),

accounts as (select * from {{ ref('dim_accounts') }}),

entities as (select * from {{ ref('dim_entities') }}),

final as (
    select
        trial_balances.ledger_code,
        trial_balances.entity_code,
        entities.entity_name,
        trial_balances.fiscal_calendar,
        trial_balances.fiscal_year,
        trial_balances.fiscal_period,
        trial_balances.calendar_month,
        trial_balances.period_end_date,
        trial_balances.source_instance,
        accounts.chart_code,
        trial_balances.source_account_id,
        accounts.account_name,
        trial_balances.group_account_code,
        accounts.group_account_name,
        trial_balances.account_class,
        accounts.statement_line,
        trial_balances.local_currency,
        trial_balances.amount_opening_local,
        trial_balances.amount_debit_local,
        trial_balances.amount_credit_local,
        trial_balances.amount_closing_local
    from trial_balances
    left join accounts on trial_balances.account_id = accounts.account_id
    left join entities on trial_balances.entity_id = entities.entity_id
)

select * from final
