-- Grain: one row per ledger, entity, group account and fiscal period: the balance as the ledger has it, what approved
-- manual adjustments make of it, and both together. Local currency, debit > 0, credit < 0; with and without adjustments
-- every ledger, entity and period sums to 0. As in the trial balance, income and expense begin at 0 every year, and what
-- an adjustment had made of the result of a year moves to retained earnings.
with

trial_balances as (select * from {{ ref('fct_trial_balances') }}),

entities as (select * from {{ ref('dim_entities') }}),

group_accounts as (
    select * from {{ ref('map_group_accounts') }} as group_accounts
    where {{ is_valid_on(as_of_date(), 'group_accounts') }}
),

adjustment_lines as (
    select
        lines.*,
        coalesce(group_accounts.account_class in ('income', 'expense'), false) as is_of_one_year
    from {{ ref('fct_adjustment_lines') }} as lines
    left join group_accounts on lines.group_account_code = group_accounts.group_account_code
    where lines.is_in_books
),

reported as (
    select
        ledger_code,
        entity_code,
        group_account_code,
        fiscal_year,
        fiscal_period,
        local_currency,
        sum(amount_debit_local + amount_credit_local) as amount_period,
        sum(amount_closing_local) as amount_closing
    from trial_balances
    group by ledger_code, entity_code, group_account_code, fiscal_year, fiscal_period, local_currency
),

-- The periods of the books, and those that only an adjustment knows.
periods as (
    select
        ledger_code,
        entity_code,
        local_currency,
        fiscal_calendar,
        fiscal_year,
        fiscal_period,
        period_end_date,
        calendar_month
    from trial_balances
    union
    select
        ledger_code,
        entity_code,
        local_currency,
        fiscal_calendar,
        fiscal_year,
        fiscal_period,
        period_end_date,
        calendar_month
    from adjustment_lines
),

retained_earnings as (
    select min(group_account_code) as group_account_code from group_accounts
    where lower(statement_line) = 'retained earnings'
),

adjustment_changes as (
    select
        ledger_code,
        entity_code,
        group_account_code,
        local_currency,
        fiscal_year,
        fiscal_period,
        amount_local as amount_period,
        0 as amount_carried_forward,
        is_of_one_year
    from adjustment_lines
    union all
    select
        adjustment_lines.ledger_code,
        adjustment_lines.entity_code,
        coalesce(retained_earnings.group_account_code, 'UNMAPPED') as group_account_code,
        adjustment_lines.local_currency,
        adjustment_lines.fiscal_year + 1 as fiscal_year,
        1 as fiscal_period,
        0 as amount_period,
        adjustment_lines.amount_local as amount_carried_forward,
        false as is_of_one_year
    from adjustment_lines
    cross join retained_earnings
    where adjustment_lines.is_of_one_year
),

changes_of_periods as (
    select
        ledger_code,
        entity_code,
        group_account_code,
        local_currency,
        fiscal_year,
        fiscal_period,
        sum(amount_period) as amount_period,
        sum(amount_carried_forward) as amount_carried_forward
    from adjustment_changes
    group by ledger_code, entity_code, group_account_code, local_currency, fiscal_year, fiscal_period
),

adjusted_accounts as (
    select distinct
        ledger_code,
        entity_code,
        group_account_code,
        local_currency,
        is_of_one_year
    from adjustment_changes
),

adjustments_by_period as (
    select
        periods.ledger_code,
        periods.entity_code,
        periods.local_currency,
        periods.fiscal_year,
        periods.fiscal_period,
        adjusted_accounts.group_account_code,
        adjusted_accounts.is_of_one_year,
        coalesce(changes_of_periods.amount_period, 0) as amount_period,
        coalesce(changes_of_periods.amount_period, 0) + coalesce(changes_of_periods.amount_carried_forward, 0)
            as amount_changed
    from periods
    inner join adjusted_accounts
        on
            periods.ledger_code = adjusted_accounts.ledger_code
            and periods.entity_code = adjusted_accounts.entity_code
            and periods.local_currency = adjusted_accounts.local_currency
    left join changes_of_periods
        on
            periods.ledger_code = changes_of_periods.ledger_code
            and periods.entity_code = changes_of_periods.entity_code
            and periods.local_currency = changes_of_periods.local_currency
            and periods.fiscal_year = changes_of_periods.fiscal_year
            and periods.fiscal_period = changes_of_periods.fiscal_period
            and adjusted_accounts.group_account_code = changes_of_periods.group_account_code
),

adjusted as (
    select
        *,
        sum(amount_changed) over (
            partition by
                ledger_code, entity_code, local_currency, group_account_code,
                case when is_of_one_year then fiscal_year end
            order by fiscal_year, fiscal_period
            rows between unbounded preceding and current row
        ) as amount_closing
    from adjustments_by_period
),

both_sides as (
    select
        ledger_code,
        entity_code,
        group_account_code,
        fiscal_year,
        fiscal_period,
        local_currency,
        amount_period,
        amount_closing,
        0 as amount_period_adjustment,
        0 as amount_closing_adjustment
    from reported
    union all
    select
        ledger_code,
        entity_code,
        group_account_code,
        fiscal_year,
        fiscal_period,
        local_currency,
        0 as amount_period,
        0 as amount_closing,
        amount_period as amount_period_adjustment,
        amount_closing as amount_closing_adjustment
    from adjusted
    where amount_period <> 0 or amount_closing <> 0
),

summed as (
    select
        ledger_code,
        entity_code,
        group_account_code,
        fiscal_year,
        fiscal_period,
        local_currency,
        sum(amount_period) as amount_period,
        sum(amount_closing) as amount_closing,
        sum(amount_period_adjustment) as amount_period_adjustment,
        sum(amount_closing_adjustment) as amount_closing_adjustment
    from both_sides
    group by ledger_code, entity_code, group_account_code, fiscal_year, fiscal_period, local_currency
),

final as (
    select
        summed.ledger_code,
        summed.entity_code,
        entities.entity_name,
        periods.fiscal_calendar,
        summed.fiscal_year,
        summed.fiscal_period,
        periods.calendar_month,
        periods.period_end_date,
        summed.group_account_code,
        group_accounts.group_account_name,
        coalesce(group_accounts.account_class, 'unmapped') as account_class,
        coalesce(group_accounts.statement_line, 'UNMAPPED') as statement_line,
        summed.local_currency,
        cast(summed.amount_period as {{ type_amount() }}) as amount_period_local,
        cast(summed.amount_period_adjustment as {{ type_amount() }}) as amount_period_adjustment_local,
        cast(summed.amount_period + summed.amount_period_adjustment as {{ type_amount() }})
            as amount_period_adjusted_local,
        cast(summed.amount_closing as {{ type_amount() }}) as amount_closing_local,
        cast(summed.amount_closing_adjustment as {{ type_amount() }}) as amount_closing_adjustment_local,
        cast(summed.amount_closing + summed.amount_closing_adjustment as {{ type_amount() }})
            as amount_closing_adjusted_local
    from summed
    left join periods
        on
            summed.ledger_code = periods.ledger_code
            and summed.entity_code = periods.entity_code
            and summed.local_currency = periods.local_currency
            and summed.fiscal_year = periods.fiscal_year
            and summed.fiscal_period = periods.fiscal_period
    left join entities on summed.entity_code = entities.entity_code
    left join group_accounts on summed.group_account_code = group_accounts.group_account_code
)

select * from final
