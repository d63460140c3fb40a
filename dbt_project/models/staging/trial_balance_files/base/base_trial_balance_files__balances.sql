-- Grain: one row per line of the balance files, with the reason to reject it if there is one.
-- amount_local is what the line says, debit > 0: a balance or a movement, as the conventions have it. Statistical accounts
-- have a quantity and no amount.
with

source as (
    {{ current_rows(source('landed_trial_balance_files', 'balances'), ['file_name', 'line_number']) }}
),

conventions as (
    select * from {{ ref('stg_trial_balance_files__conventions') }}
),

scenarios as (
    select * from {{ ref('stg_trial_balance_files__scenarios') }}
),

entities as (
    select * from {{ ref('stg_trial_balance_files__entities') }}
),

account_signs as (
    select * from {{ ref('stg_trial_balance_files__account_signs') }}
),

looked_up as (
    select
        source.*,
        {{ row_as_json('source') }} as payload,
        conventions.first_month,
        conventions.is_sign_natural,
        conventions.adjustment_dates,
        -- Files without scenarios hold actuals.
        coalesce(scenarios.scenario, {{ text('source.scenario') }}, conventions.actual_scenario) as scenario_name,
        conventions.actual_scenario,
        entities.source_entity_id,
        entities.local_currency,
        account_signs.source_account_id,
        account_signs.account_class,
        account_signs.is_balance_sheet,
        account_signs.is_statistical,
        account_signs.ledger_sign,
        {{ file_date('source.date') }} as balance_date,
        {{ days_after(file_date('source.date'), '-conventions.days_after_period_end') }} as date_in_period,
        case
            when source.amount <> '' then {{ amount_without_noise('source.amount') }}
            when source.debit <> '' or source.credit <> ''
                then
                    coalesce({{ amount_without_noise('source.debit') }}, 0)
                    - coalesce({{ amount_without_noise('source.credit') }}, 0)
        end as amount_in_file
    from source
    inner join conventions on source.source_instance = conventions.source_instance
    left join scenarios
        on
            source.source_instance = scenarios.source_instance
            and trim(source.scenario) = scenarios.source_scenario_id
    left join entities
        on
            source.source_instance = entities.source_instance
            and trim(source.entity) = entities.source_entity_id
    left join account_signs
        on
            source.source_instance = account_signs.source_instance
            and trim(source.account) = account_signs.account_key
),

dated as (
    select
        *,
        case
            when balance_date is null then {{ whole_number('fiscal_year') }}
            else year(date_in_period) - case when month(date_in_period) < first_month then 1 else 0 end
        end as year_of_balance,
        case
            when balance_date is null then {{ whole_number('fiscal_period') }}
            when adjustment_dates like '% ' || cast(balance_date as varchar) || ' %' then 13
            else (month(date_in_period) - first_month + 12) % 12 + 1
        end as period_of_balance
    from looked_up
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['file_name', 'line_number']) }} as source_key,
        file_name,
        cast(line_number as bigint) as line_number,
        scenario_name,
        case
            when scenario_name = actual_scenario then 'actual'
            when lower(scenario_name) like 'budget%' then 'budget'
            when lower(scenario_name) like 'forecast%' then 'forecast'
        end as scenario_kind,
        source_entity_id,
        local_currency,
        source_account_id,
        account_class,
        is_balance_sheet,
        is_statistical,
        {{ normalise_code('cost_centre') }} as source_cost_centre_id,
        balance_date,
        cast(year_of_balance as integer) as fiscal_year,
        cast(period_of_balance as integer) as fiscal_period,
        {{ months_after(
            'make_date(cast(year_of_balance as integer), first_month, 1)',
            'cast(least(period_of_balance, 12) - 1 as integer)'
        ) }} as period_start_date,
        case
            when not is_statistical
                then cast(
                    amount_in_file * case when is_sign_natural then ledger_sign else 1 end as {{ type_amount() }}
                )
        end as amount_local,
        case when is_statistical then cast(amount_in_file as {{ type_quantity() }}) end as quantity,
        {{ line_rejection_reason([
            required('entity'),
            rejected_when("entity <> '' and source_entity_id is null", "'entity is not in the entity file: ' || entity"),
            required('account'),
            rejected_when("account <> '' and source_account_id is null", "'account is not in the chart: ' || account"),
            rejected_when('source_account_id is not null and account_class is null',
                "'account has no type in the chart: ' || account"),
            rejected_when('is_sign_natural and not is_statistical and ledger_sign is null',
                "'account has no top in the tree of the chart: ' || account"),
            rejected_when("scenario_name <> actual_scenario and lower(scenario_name) not like 'budget%' "
                ~ "and lower(scenario_name) not like 'forecast%'",
                "'scenario is neither the actual one nor a budget or forecast: ' || scenario_name"),
            castable('date', 'balance_date'),
            rejected_when("coalesce(date, '') = '' and year_of_balance is null", "'date or fiscal_year is missing'"),
            rejected_when("coalesce(date, '') = '' and coalesce(period_of_balance not between 1 and 16, true)",
                "'fiscal_period is none: ' || coalesce(fiscal_period, '')"),
            rejected_when("coalesce(amount, '') = '' and coalesce(debit, '') = '' and coalesce(credit, '') = ''",
                "'amount is missing'"),
            castable('amount', amount_without_noise('amount')),
            castable('debit', amount_without_noise('debit')),
            castable('credit', amount_without_noise('credit')),
        ]) }} as rejection_reason,
        {{ evidence('payload') }} as payload
    from dated
)

select * from final
