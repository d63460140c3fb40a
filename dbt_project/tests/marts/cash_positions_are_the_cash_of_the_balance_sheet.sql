-- One metric, two marts: cash accounts add up to the balance sheet's line, per ledger, entity and period.
with

cash_positions as (
    select
        ledger_code,
        entity_code,
        fiscal_year,
        fiscal_period,
        sum(amount_closing_local) as amount_cash
    from {{ ref('mart_working_capital__cash_positions') }}
    group by ledger_code, entity_code, fiscal_year, fiscal_period
),

balance_sheets as (
    select
        ledger_code,
        entity_code,
        fiscal_year,
        fiscal_period,
        sum(amount_signed_local) as amount_line
    from {{ ref('mart_close__balance_sheets') }}
    where lower(statement_line) = 'cash and cash equivalents'
    group by ledger_code, entity_code, fiscal_year, fiscal_period
)

select *
from cash_positions
full outer join balance_sheets
    on
        cash_positions.ledger_code = balance_sheets.ledger_code
        and cash_positions.entity_code = balance_sheets.entity_code
        and cash_positions.fiscal_year = balance_sheets.fiscal_year
        and cash_positions.fiscal_period = balance_sheets.fiscal_period
where coalesce(cash_positions.amount_cash, 0) <> coalesce(balance_sheets.amount_line, 0)
