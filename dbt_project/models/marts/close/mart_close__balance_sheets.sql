-- Grain: one row per ledger, entity, group account and fiscal period, with one more row for the result of the year,
-- which stands in equity until the year is closed. amount_closing_local is shown on the account's normal side,
-- positive; amount_signed_local is debit > 0, credit < 0 and sums to 0 per entity and period: assets = liabilities +
-- equity.
with

trial_balances as (select * from {{ ref('fct_trial_balances') }}),

accounts as (select * from {{ ref('dim_accounts') }}),

entities as (select * from {{ ref('dim_entities') }}),

classified as (
    select
        trial_balances.ledger_code,
        trial_balances.entity_code,
        entities.entity_name,
        trial_balances.fiscal_calendar,
        trial_balances.fiscal_year,
        trial_balances.fiscal_period,
        trial_balances.calendar_month,
        trial_balances.period_end_date,
        case when accounts.is_balance_sheet then accounts.account_class else 'equity' end as account_class,
        case when accounts.is_balance_sheet then accounts.statement_line else 'Result of the year' end
            as statement_line,
        -- After the last line of the group chart's equity.
        case when accounts.is_balance_sheet then accounts.statement_line_order else 9000 end as statement_line_order,
        case when accounts.is_balance_sheet then accounts.group_account_code else 'RESULT' end as group_account_code,
        case when accounts.is_balance_sheet then accounts.group_account_name else 'Result of the year' end
            as group_account_name,
        case when accounts.is_balance_sheet then accounts.normal_balance else 'credit' end as normal_balance,
        trial_balances.local_currency,
        trial_balances.amount_closing_local
    from trial_balances
    inner join accounts on trial_balances.account_id = accounts.account_id
    left join entities on trial_balances.entity_id = entities.entity_id
),

summed as (
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
        normal_balance,
        local_currency,
        sum(amount_closing_local) as amount_signed
    from classified
    group by
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
        normal_balance,
        local_currency
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
        cast(case when normal_balance = 'credit' then -amount_signed else amount_signed end as {{ type_amount() }})
            as amount_closing_local,
        cast(amount_signed as {{ type_amount() }}) as amount_signed_local
    from summed
)

select * from final
