-- Fails with one row per entity, account and period where the files say something else than the canonical trial balance:
-- the balance of a balance-sheet account where files give balances, the movement of any other.
with

file_balances as (
    select
        balances.*,
        balances.is_balance_sheet and conventions.is_balance_sheet_closing and balances.fiscal_period <= 12
            as is_closing_given
    from {{ ref('stg_trial_balance_files__balances') }} as balances
    inner join {{ ref('stg_trial_balance_files__conventions') }} as conventions
        on balances.source_instance = conventions.source_instance
    where
        balances.scenario_kind = 'actual'
        and not balances.is_statistical
        and balances.period_start_date <= {{ as_of_date() }}
        and (balances.is_balance_sheet or not conventions.is_income_statement_closing)
),

said as (
    select
        source_instance,
        source_entity_id,
        source_account_id,
        fiscal_year,
        fiscal_period,
        is_closing_given,
        sum(amount_local) as amount
    from file_balances
    group by source_instance, source_entity_id, source_account_id, fiscal_year, fiscal_period, is_closing_given
),

held as (
    select
        trial_balances.*,
        entities.source_entity_id
    from {{ ref('fct_trial_balances') }} as trial_balances
    inner join {{ ref('dim_entities') }} as entities on trial_balances.entity_id = entities.entity_id
)

select
    said.*,
    held.amount_closing_local,
    held.amount_debit_local + held.amount_credit_local as amount_movement_local
from said
left join held
    on
        said.source_instance = held.source_instance
        and said.source_entity_id = held.source_entity_id
        and said.source_account_id = held.source_account_id
        and said.fiscal_year = held.fiscal_year
        and said.fiscal_period = held.fiscal_period
where
    said.amount <> coalesce(
        case
            when said.is_closing_given then held.amount_closing_local
            else held.amount_debit_local + held.amount_credit_local
        end, 0
    )
