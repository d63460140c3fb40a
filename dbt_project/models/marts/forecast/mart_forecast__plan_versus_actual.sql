-- Grain: one row per plan version, entity, group account, month and plan currency; an account with actuals and no plan
-- in the months of the version has a row too. Income and expense only, shown on the account's normal side, positive.
-- Actuals are those of the leading ledger, in local currency, the running month's so far. Where the plan is in another
-- currency only the group amounts compare. In group currency the plan is valued at the rate known when it began: the
-- closing rate of the month before its first. The constant-currency variance values actuals at that rate too; the FX
-- variance is what the month's average rate adds. Without a rate group amounts are empty. Variance is actual − plan;
-- favourable is what raises profit.
with

plan_lines as (
    select * from {{ ref('fct_plan_lines') }}
    where account_class in ('income', 'expense')
),

trial_balances as (
    select * from {{ ref('fct_trial_balances') }}
    where not is_balance_sheet
),

group_accounts as (
    select * from {{ ref('map_group_accounts') }} as mapped_accounts
    where {{ is_valid_on(as_of_date(), 'mapped_accounts') }}
),

entities as (select * from {{ ref('dim_entities') }}),

group_currency as (
    select * from {{ ref('dim_currencies') }}
    where currency_code = '{{ var("group_currency") }}'
),

closing_rates as (
    select * from {{ ref('fx_rates') }}
    where rate_type = 'closing' and to_currency = '{{ var("group_currency") }}'
),

average_rates as (
    select * from {{ ref('fx_rates') }}
    where rate_type = 'average' and to_currency = '{{ var("group_currency") }}'
),

planned as (
    select
        scenario_name,
        version_name,
        entity_code,
        group_account_code,
        calendar_month,
        transaction_currency as plan_currency,
        sum(amount) as amount_plan,
        bool_and(is_held_against_totals) as is_held_against_totals
    from plan_lines
    group by scenario_name, version_name, entity_code, group_account_code, calendar_month, transaction_currency
),

versions as (
    select
        scenario_name,
        version_name,
        entity_code,
        min(plan_currency) as plan_currency,
        bool_and(is_held_against_totals) as is_plan_held_against_totals,
        min(min(calendar_month)) over (partition by scenario_name, version_name) as first_month,
        max(max(calendar_month)) over (partition by scenario_name, version_name) as last_month
    from planned
    group by scenario_name, version_name, entity_code
),

leading_ledgers as (select * from {{ ref('leading_ledgers') }}),

actuals as (
    select
        trial_balances.entity_code,
        trial_balances.group_account_code,
        trial_balances.calendar_month,
        trial_balances.local_currency,
        sum(trial_balances.amount_debit_local + trial_balances.amount_credit_local) as amount_actual
    from trial_balances
    inner join leading_ledgers
        on
            trial_balances.entity_code = leading_ledgers.entity_code
            and trial_balances.source_instance = leading_ledgers.source_instance
            and trial_balances.ledger_code = leading_ledgers.ledger_code
    where trial_balances.calendar_month <= {{ as_of_date() }}
    group by
        trial_balances.entity_code,
        trial_balances.group_account_code,
        trial_balances.calendar_month,
        trial_balances.local_currency
),

lines as (
    select
        scenario_name,
        version_name,
        entity_code,
        group_account_code,
        calendar_month,
        plan_currency
    from planned

    union

    select
        versions.scenario_name,
        versions.version_name,
        versions.entity_code,
        actuals.group_account_code,
        actuals.calendar_month,
        versions.plan_currency
    from versions
    inner join actuals
        on
            versions.entity_code = actuals.entity_code
            and versions.first_month <= actuals.calendar_month
            and versions.last_month >= actuals.calendar_month
    where actuals.amount_actual <> 0
),

compared as (
    select
        lines.*,
        versions.is_plan_held_against_totals,
        entities.entity_name,
        entities.local_currency,
        coalesce(group_accounts.account_class, 'unmapped') as account_class,
        coalesce(group_accounts.group_account_name, 'Unmapped') as group_account_name,
        coalesce(group_accounts.statement_line, 'Unmapped') as statement_line,
        group_accounts.statement_line_order,
        last_day(lines.calendar_month) <= {{ as_of_date() }} as is_month_ended,
        -- From the ledger's sign (debit > 0) to the account's normal side; more of a credit account raises profit.
        case when group_accounts.normal_balance = 'credit' then -1 else 1 end as normal_side,
        coalesce(planned.amount_plan, 0) as amount_plan,
        case when lines.calendar_month <= {{ as_of_date() }} then coalesce(actuals.amount_actual, 0) end
            as amount_actual,
        plan_rates.rate as plan_rate,
        local_plan_rates.rate as local_plan_rate,
        average_rates.rate as average_rate,
        group_currency.minor_units
    from lines
    cross join group_currency
    inner join versions
        on
            lines.scenario_name = versions.scenario_name
            and lines.version_name = versions.version_name
            and lines.entity_code = versions.entity_code
    left join planned
        on
            lines.scenario_name = planned.scenario_name
            and lines.version_name = planned.version_name
            and lines.entity_code = planned.entity_code
            and lines.group_account_code = planned.group_account_code
            and lines.calendar_month = planned.calendar_month
            and lines.plan_currency = planned.plan_currency
    left join actuals
        on
            lines.entity_code = actuals.entity_code
            and lines.group_account_code = actuals.group_account_code
            and lines.calendar_month = actuals.calendar_month
            and lines.plan_currency = versions.plan_currency
    left join group_accounts on lines.group_account_code = group_accounts.group_account_code
    left join entities on lines.entity_code = entities.entity_code
    left join closing_rates as plan_rates
        on
            lines.plan_currency = plan_rates.from_currency
            and {{ is_valid_on(days_after('versions.first_month', -1), 'plan_rates') }}
    left join closing_rates as local_plan_rates
        on
            entities.local_currency = local_plan_rates.from_currency
            and {{ is_valid_on(days_after('versions.first_month', -1), 'local_plan_rates') }}
    left join average_rates
        on
            entities.local_currency = average_rates.from_currency
            and {{ is_valid_on('lines.calendar_month', 'average_rates') }}
),

presented as (
    select
        *,
        cast(normal_side * amount_plan as {{ type_amount() }}) as amount_plan_shown,
        cast(normal_side * amount_actual as {{ type_amount() }}) as amount_actual_shown
    from compared
),

valued as (
    select
        *,
        {{ converted_amount('amount_plan_shown', 'plan_rate', 'minor_units') }} as amount_plan_group,
        {{ converted_amount('amount_actual_shown', 'average_rate', 'minor_units') }} as amount_actual_group,
        {{ converted_amount('amount_actual_shown', 'local_plan_rate', 'minor_units') }}
            as amount_actual_at_plan_rate_group
    from presented
),

final as (
    select
        scenario_name,
        version_name,
        entity_code,
        entity_name,
        account_class,
        statement_line,
        statement_line_order,
        group_account_code,
        group_account_name,
        calendar_month,
        is_month_ended,
        plan_currency,
        amount_plan_shown as amount_plan,
        local_currency,
        amount_actual_shown as amount_actual_local,
        case when plan_currency = local_currency then amount_actual_shown - amount_plan_shown end
            as amount_variance_local,
        '{{ var("group_currency") }}' as group_currency,
        amount_plan_group,
        amount_actual_group,
        cast(amount_actual_at_plan_rate_group - amount_plan_group as {{ type_amount() }})
            as amount_variance_constant_group,
        cast(amount_actual_group - amount_actual_at_plan_rate_group as {{ type_amount() }}) as amount_variance_fx_group,
        cast(amount_actual_group - amount_plan_group as {{ type_amount() }}) as amount_variance_group,
        case
            when plan_currency = local_currency and amount_actual_shown <> amount_plan_shown
                then normal_side * (amount_actual_shown - amount_plan_shown) < 0
            when plan_currency <> local_currency and amount_actual_at_plan_rate_group <> amount_plan_group
                then normal_side * (amount_actual_at_plan_rate_group - amount_plan_group) < 0
        end as is_favourable,
        is_plan_held_against_totals
    from valued
)

select * from final
