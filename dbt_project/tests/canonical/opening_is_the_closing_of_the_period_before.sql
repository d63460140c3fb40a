-- Per account: what a period opens with is what the period before closed with. At the beginning of a fiscal year a
-- balance-sheet account adds what was carried forward, and income and expense open with 0. The first period after a move
-- to another ERP opens with what was brought over.
with

trial_balances as (
    select
        *,
        lag(fiscal_year) over account_periods as previous_year,
        coalesce(lag(amount_closing_local) over account_periods, 0) as previous_closing
    from {{ ref('fct_trial_balances') }}
    window account_periods as (
        partition by source_instance, ledger_code, entity_code, local_currency, account_id
        order by fiscal_year, fiscal_period
    )
)

select *
from trial_balances
where amount_opening_local <> case
    when not is_balance_sheet and fiscal_year is distinct from previous_year then 0
    else previous_closing + amount_carried_forward_local
end + amount_brought_over_local
