-- Grain: one row per ledger, entity, account, cost centre and fiscal period. Debit > 0; closing is the running sum of the
-- movements, over all years for balance-sheet accounts, within the year for income and expense.
-- Files give balances or movements, as the conventions say. Where they give a balance, an account that a period of the
-- entity does not mention stands at 0, and the movement is what leads there from the balance before. Rows of a special
-- period always move: they add to the balance of the year's end. Periods that begin after the as-of date are not yet.
-- Where reported equity contains the result of the year, RESULT IN EQUITY carries the counter-entry of all income and
-- expense, so that an entity's period sums to 0 exactly when its balance sheet does.
with

balances as (
    select * from {{ ref('stg_trial_balance_files__balances') }}
    where scenario_kind = 'actual' and not is_statistical and period_start_date <= {{ as_of_date() }}
),

conventions as (
    select * from {{ ref('stg_trial_balance_files__conventions') }}
),

-- Lines of one key add up. years_of_balance: the stretch over which an account's balance carries on.
postings as (
    select
        balances.source_instance,
        balances.source_entity_id,
        balances.local_currency,
        balances.source_account_id,
        balances.is_balance_sheet,
        balances.source_cost_centre_id,
        balances.fiscal_year,
        balances.fiscal_period,
        balances.fiscal_year * 100 + balances.fiscal_period as period_number,
        case when balances.is_balance_sheet then 0 else balances.fiscal_year end as years_of_balance,
        case
            when balances.is_balance_sheet then conventions.is_balance_sheet_closing
            else conventions.is_income_statement_closing
        end as is_closing_given,
        balances.fiscal_period > 12 as is_special,
        sum(balances.amount_local) as amount_local,
        count(*) as line_count,
        {{ newest_load_id('balances.load_id', 'balances.recorded_at') }} as load_id,
        max(balances.recorded_at) as recorded_at
    from balances
    inner join conventions on balances.source_instance = conventions.source_instance
    group by
        balances.source_instance,
        balances.source_entity_id,
        balances.local_currency,
        balances.source_account_id,
        balances.is_balance_sheet,
        balances.source_cost_centre_id,
        balances.fiscal_year,
        balances.fiscal_period,
        conventions.is_balance_sheet_closing,
        conventions.is_income_statement_closing
),

entity_periods as (
    select
        source_instance,
        source_entity_id,
        fiscal_year,
        fiscal_period,
        period_number,
        {{ newest_load_id() }} as load_id,
        max(recorded_at) as recorded_at
    from postings
    where is_closing_given and not is_special
    group by source_instance, source_entity_id, fiscal_year, fiscal_period, period_number
),

accounts_with_balance as (
    select
        source_instance,
        source_entity_id,
        local_currency,
        source_account_id,
        is_balance_sheet,
        source_cost_centre_id,
        years_of_balance,
        min(period_number) as first_period_number
    from postings
    where is_closing_given
    group by
        source_instance,
        source_entity_id,
        local_currency,
        source_account_id,
        is_balance_sheet,
        source_cost_centre_id,
        years_of_balance
),

closings as (
    select
        accounts_with_balance.source_instance,
        accounts_with_balance.source_entity_id,
        accounts_with_balance.local_currency,
        accounts_with_balance.source_account_id,
        accounts_with_balance.is_balance_sheet,
        accounts_with_balance.source_cost_centre_id,
        accounts_with_balance.years_of_balance,
        entity_periods.fiscal_year,
        entity_periods.fiscal_period,
        entity_periods.period_number,
        coalesce(postings.amount_local, 0) as closing_given,
        0 as movement_given,
        coalesce(postings.line_count, 0) as line_count,
        coalesce(postings.load_id, entity_periods.load_id) as load_id,
        coalesce(postings.recorded_at, entity_periods.recorded_at) as recorded_at
    from accounts_with_balance
    inner join entity_periods
        on
            accounts_with_balance.source_instance = entity_periods.source_instance
            and accounts_with_balance.source_entity_id = entity_periods.source_entity_id
            and accounts_with_balance.first_period_number <= entity_periods.period_number
            and (
                accounts_with_balance.is_balance_sheet
                or accounts_with_balance.years_of_balance = entity_periods.fiscal_year
            )
    left join postings
        on
            not postings.is_special
            and accounts_with_balance.source_instance = postings.source_instance
            and accounts_with_balance.source_entity_id = postings.source_entity_id
            and accounts_with_balance.source_account_id = postings.source_account_id
            and coalesce(accounts_with_balance.source_cost_centre_id, '') = coalesce(postings.source_cost_centre_id, '')
            and entity_periods.period_number = postings.period_number
),

given as (
    select * from closings
    union all
    select
        source_instance,
        source_entity_id,
        local_currency,
        source_account_id,
        is_balance_sheet,
        source_cost_centre_id,
        years_of_balance,
        fiscal_year,
        fiscal_period,
        period_number,
        null as closing_given,
        amount_local as movement_given,
        line_count,
        load_id,
        recorded_at
    from postings
    where is_special or not is_closing_given
),

with_movements_so_far as (
    select
        *,
        sum(movement_given) over (
            partition by source_instance, source_entity_id, source_account_id, source_cost_centre_id, years_of_balance
            order by period_number
        ) as movements_so_far
    from given
),

-- What leads from the balance before, and the movements since, to the balance given.
movements as (
    select
        *,
        closing_given - movements_so_far - coalesce(
            lag(closing_given - movements_so_far) over (
                partition by
                    source_instance, source_entity_id, source_account_id, source_cost_centre_id, years_of_balance
                order by period_number
            ), 0
        ) as amount_movement
    from with_movements_so_far
    where closing_given is not null
    union all
    select
        *,
        movement_given as amount_movement
    from with_movements_so_far
    where closing_given is null
),

results_in_equity as (
    select
        movements.source_instance,
        movements.source_entity_id,
        movements.local_currency,
        {{ result_in_equity_account() }} as source_account_id,
        cast(null as varchar) as source_cost_centre_id,
        movements.fiscal_year as years_of_balance,
        movements.fiscal_year,
        movements.fiscal_period,
        movements.period_number,
        -sum(movements.amount_movement) as amount_movement,
        0 as line_count,
        {{ newest_load_id('movements.load_id', 'movements.recorded_at') }} as load_id,
        max(movements.recorded_at) as recorded_at
    from movements
    inner join conventions on movements.source_instance = conventions.source_instance
    where conventions.is_result_in_equity and not movements.is_balance_sheet
    group by
        movements.source_instance,
        movements.source_entity_id,
        movements.local_currency,
        movements.fiscal_year,
        movements.fiscal_period,
        movements.period_number
),

all_movements as (
    select
        source_instance,
        source_entity_id,
        local_currency,
        source_account_id,
        source_cost_centre_id,
        years_of_balance,
        fiscal_year,
        fiscal_period,
        period_number,
        amount_movement,
        line_count,
        load_id,
        recorded_at
    from movements
    union all
    select * from results_in_equity
),

final as (
    select
        conventions.ledger_code,
        all_movements.source_entity_id,
        all_movements.fiscal_year,
        all_movements.fiscal_period,
        last_day({{ months_after(
            'make_date(all_movements.fiscal_year, conventions.first_month, 1)',
            'cast(least(all_movements.fiscal_period, 12) - 1 as integer)'
        ) }}) as period_end_date,
        conventions.chart_code,
        all_movements.source_account_id,
        all_movements.source_cost_centre_id,
        all_movements.local_currency,
        cast(all_movements.amount_movement as {{ type_amount() }}) as amount_movement_local,
        cast(
            sum(all_movements.amount_movement) over (
                partition by
                    all_movements.source_instance,
                    all_movements.source_entity_id,
                    all_movements.source_account_id,
                    all_movements.source_cost_centre_id,
                    all_movements.years_of_balance
                order by all_movements.period_number
            ) as {{ type_amount() }}
        ) as amount_closing_local,
        cast(all_movements.line_count as bigint) as line_count,
        all_movements.source_instance,
        all_movements.load_id,
        all_movements.recorded_at
    from all_movements
    inner join conventions on all_movements.source_instance = conventions.source_instance
)

select * from final
