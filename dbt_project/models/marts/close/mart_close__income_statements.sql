-- Grain: one row per ledger, entity, group account and fiscal period, income and expense only. Amounts are shown as a
-- statement shows them: income and expense both positive when they stand on their normal side. amount_profit_local is
-- the same money by its effect on profit (income > 0, expense < 0), so that it adds up to net income.
with

trial_balances as (select * from {{ ref('fct_trial_balances') }}),

accounts as (select * from {{ ref('dim_accounts') }}),

entities as (select * from {{ ref('dim_entities') }}),

statement_lines as (
    select
        trial_balances.ledger_code,
        trial_balances.entity_code,
        entities.entity_name,
        trial_balances.fiscal_calendar,
        trial_balances.fiscal_year,
        trial_balances.fiscal_period,
        trial_balances.calendar_month,
        trial_balances.period_end_date,
        accounts.account_class,
        accounts.statement_line,
        accounts.statement_line_order,
        accounts.group_account_code,
        accounts.group_account_name,
        accounts.normal_balance,
        trial_balances.local_currency,
        sum(trial_balances.amount_debit_local + trial_balances.amount_credit_local) as amount_period,
        sum(trial_balances.amount_closing_local) as amount_year_to_date
    from trial_balances
    inner join accounts on trial_balances.account_id = accounts.account_id
    left join entities on trial_balances.entity_id = entities.entity_id
    where not accounts.is_balance_sheet
    group by
        trial_balances.ledger_code,
        trial_balances.entity_code,
        entities.entity_name,
        trial_balances.fiscal_calendar,
        trial_balances.fiscal_year,
        trial_balances.fiscal_period,
        trial_balances.calendar_month,
        trial_balances.period_end_date,
        accounts.account_class,
        accounts.statement_line,
        accounts.statement_line_order,
        accounts.group_account_code,
        accounts.group_account_name,
        accounts.normal_balance,
        trial_balances.local_currency
),

final as (
    select
        ledger_code,
        entity_code,
        entity_name,
        fiscal_calendar,
        fiscal_year,
        fiscal_period,
        calendar_month,
        period_end_date,
        account_class,
        statement_line,
        statement_line_order,
        group_account_code,
        group_account_name,
        local_currency,
        cast(case when normal_balance = 'credit' then -amount_period else amount_period end as {{ type_amount() }})
            as amount_period_local,
        cast(
            case when normal_balance = 'credit' then -amount_year_to_date else amount_year_to_date end
            as {{ type_amount() }}
        ) as amount_year_to_date_local,
        cast(-amount_period as {{ type_amount() }}) as amount_profit_period_local,
        cast(-amount_year_to_date as {{ type_amount() }}) as amount_profit_year_to_date_local
    from statement_lines
)

select * from final
