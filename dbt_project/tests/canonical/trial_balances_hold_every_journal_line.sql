-- The movements of the trial balances are the journal lines, no more and no less, per account and period.
with

journal_lines as (
    select
        source_instance,
        ledger_code,
        entity_code,
        account_id,
        fiscal_year,
        fiscal_period,
        sum(case when amount_local > 0 then amount_local else 0 end) as amount_debit_local,
        sum(case when amount_local < 0 then amount_local else 0 end) as amount_credit_local
    from {{ ref('fct_journal_lines') }}
    group by source_instance, ledger_code, entity_code, account_id, fiscal_year, fiscal_period
),

trial_balances as (
    select
        source_instance,
        ledger_code,
        entity_code,
        account_id,
        fiscal_year,
        fiscal_period,
        sum(amount_debit_local) as amount_debit_local,
        sum(amount_credit_local) as amount_credit_local
    from {{ ref('fct_trial_balances') }}
    where source_instance in (select source_instance from journal_lines)
    group by source_instance, ledger_code, entity_code, account_id, fiscal_year, fiscal_period
)

select *
from journal_lines
full outer join trial_balances
    on
        journal_lines.source_instance = trial_balances.source_instance
        and journal_lines.ledger_code = trial_balances.ledger_code
        and journal_lines.entity_code = trial_balances.entity_code
        and journal_lines.account_id = trial_balances.account_id
        and journal_lines.fiscal_year = trial_balances.fiscal_year
        and journal_lines.fiscal_period = trial_balances.fiscal_period
where
    coalesce(journal_lines.amount_debit_local, 0) <> coalesce(trial_balances.amount_debit_local, 0)
    or coalesce(journal_lines.amount_credit_local, 0) <> coalesce(trial_balances.amount_credit_local, 0)
