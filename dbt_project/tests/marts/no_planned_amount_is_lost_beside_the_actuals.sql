-- Every planned amount of an income or expense account stands in the comparison with the actuals, per version, entity,
-- account and month; which side is shown positive does not matter here.
with

planned as (
    select
        scenario_name,
        version_name,
        entity_code,
        group_account_code,
        calendar_month,
        abs(sum(amount)) as amount_planned
    from {{ ref('fct_plan_lines') }}
    where account_class in ('income', 'expense')
    group by scenario_name, version_name, entity_code, group_account_code, calendar_month
),

shown as (
    select
        scenario_name,
        version_name,
        entity_code,
        group_account_code,
        calendar_month,
        abs(sum(amount_plan)) as amount_shown
    from {{ ref('mart_forecast__plan_versus_actual') }}
    group by scenario_name, version_name, entity_code, group_account_code, calendar_month
)

select *
from planned
full outer join shown
    on
        planned.scenario_name = shown.scenario_name
        and planned.version_name = shown.version_name
        and planned.entity_code = shown.entity_code
        and planned.group_account_code = shown.group_account_code
        and planned.calendar_month = shown.calendar_month
where coalesce(planned.amount_planned, 0) <> coalesce(shown.amount_shown, 0)
