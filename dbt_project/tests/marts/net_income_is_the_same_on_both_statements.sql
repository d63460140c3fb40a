-- One metric, two marts: the year's net income of the income statement is the result of the year on the balance sheet.
with

income_statements as (
    select
        ledger_code,
        entity_code,
        fiscal_year,
        fiscal_period,
        sum(amount_profit_year_to_date_local) as amount_net_income
    from {{ ref('mart_close__income_statements') }}
    group by ledger_code, entity_code, fiscal_year, fiscal_period
),

balance_sheets as (
    select
        ledger_code,
        entity_code,
        fiscal_year,
        fiscal_period,
        amount_closing_local as amount_result
    from {{ ref('mart_close__balance_sheets') }}
    where group_account_code = 'RESULT'
)

select *
from income_statements
full outer join balance_sheets
    on
        income_statements.ledger_code = balance_sheets.ledger_code
        and income_statements.entity_code = balance_sheets.entity_code
        and income_statements.fiscal_year = balance_sheets.fiscal_year
        and income_statements.fiscal_period = balance_sheets.fiscal_period
where income_statements.amount_net_income is distinct from balance_sheets.amount_result
