-- Grain: one row per entity ('*' for the group), module and month. `readiness` is blocked while a control or an exception
-- stands in the way, attention while anything else is open, ready when everything holds, not checked when no control is
-- about it. Period status, and who set it, come from the control store.
with

period_items as (select * from {{ ref('mart_close__period_items') }}),

trial_balances as (select * from {{ ref('fct_trial_balances') }}),

entities as (select * from {{ ref('dim_entities') }}),

period_status as (select * from {{ source('control', 'period_status') }}),

signed_figure_changes as (select * from {{ ref('signed_figure_changes') }}),

modules as (
    select unnest(['GL', 'AR', 'AP', 'billing']) as module
),

months_of_books as (
    select
        trial_balances.entity_code,
        modules.module,
        trial_balances.calendar_month as period_month
    from trial_balances
    cross join modules

    union

    -- A plan is about months to come; nobody closes those.
    select
        entity_code,
        module,
        period_month
    from period_items
    where period_month <= {{ month_of(as_of_date()) }}
),

items_of_months as (
    select
        entity_code,
        module,
        period_month,
        count(case when item_kind = 'control' then 1 end) as control_count,
        count(case when item_kind = 'control' and is_passed then 1 end) as controls_passed,
        count(exception_id) as exception_count,
        count(case when blocks then 1 end) as blocking_count,
        max_by(readiness, readiness_rank) as readiness,
        string_agg(distinct owner, ', ' order by owner) filter (where blocks) as blocking_owners,
        sum(case when exception_id is not null then amount else 0 end) as amount_at_risk_group
    from period_items
    group by entity_code, module, period_month
),

changed_figures as (
    select
        entity_code,
        module,
        period_month,
        count(*) as figure_count
    from signed_figure_changes
    group by entity_code, module, period_month
),

final as (
    select
        months_of_books.entity_code,
        entities.entity_name,
        months_of_books.module,
        months_of_books.period_month,
        coalesce(items_of_months.readiness, 'not checked') as readiness,
        coalesce(period_status.status, 'open') as period_status,
        period_status.signed_by,
        period_status.approved_by,
        period_status.as_of as status_as_of_date,
        coalesce(changed_figures.figure_count, 0) as signed_figures_changed,
        coalesce(items_of_months.control_count, 0) as control_count,
        coalesce(items_of_months.controls_passed, 0) as controls_passed,
        coalesce(items_of_months.exception_count, 0) as exception_count,
        coalesce(items_of_months.blocking_count, 0) as blocking_count,
        items_of_months.blocking_owners,
        cast(coalesce(items_of_months.amount_at_risk_group, 0) as {{ type_amount() }}) as amount_at_risk_group,
        '{{ var("group_currency") }}' as group_currency
    from months_of_books
    left join entities on months_of_books.entity_code = entities.entity_code
    left join items_of_months
        on
            months_of_books.entity_code = items_of_months.entity_code
            and months_of_books.module = items_of_months.module
            and months_of_books.period_month = items_of_months.period_month
    left join period_status
        on
            months_of_books.entity_code = period_status.entity_code
            and months_of_books.module = period_status.module
            and months_of_books.period_month = period_status.period_month
    left join changed_figures
        on
            months_of_books.entity_code = changed_figures.entity_code
            and months_of_books.module = changed_figures.module
            and months_of_books.period_month = changed_figures.period_month
)

select * from final
