-- Grain: one row per control, or exception in work, of an entity ('*' for the group), module and month: what somebody
-- looks at before the month is signed. An exception of several months is in each of them, with its part. `blocks` keeps
-- the month from being signed; a month is as ready as the item with the highest readiness_rank.
with

close_status as (select * from {{ ref('fct_close_status') }}),

exceptions as (select * from {{ ref('mart_control__exceptions') }}),

exception_months as (select * from {{ ref('exception_months') }}),

exception_policies as (select * from {{ ref('exception_policies') }}),

reconciliation_definitions as (select * from {{ ref('reconciliation_definitions') }}),

controls as (
    select
        'control' as item_kind,
        close_status.control_name as item_name,
        close_status.control_name as item_key,
        cast(null as varchar) as exception_id,
        close_status.module,
        close_status.entity_code,
        close_status.period_month,
        close_status.is_passed,
        not close_status.is_passed and close_status.blocks_close as blocks,
        close_status.owner,
        concat_ws(
            ': ',
            coalesce(reconciliation_definitions.title, replace(close_status.control_name, '_', ' ')),
            close_status.detail
        ) as description,
        close_status.amount_difference as amount,
        close_status.currency_code
    from close_status
    left join reconciliation_definitions
        on close_status.control_name = reconciliation_definitions.reconciliation_name
),

open_exceptions as (
    select
        'exception' as item_kind,
        exceptions.exception_type as item_name,
        exceptions.exception_id as item_key,
        exceptions.exception_id,
        coalesce(reconciliation_definitions.module, 'GL') as module,
        exception_months.entity_code,
        exception_months.period_month,
        false as is_passed,
        exceptions.severity in ('high', 'critical')
        and case
            when of_the_type.exception_type is null then for_all_types.close_window_days
            else of_the_type.close_window_days
        end is not null
        and exceptions.exception_type <> 'signed_period_changed' as blocks,
        exceptions.owner,
        exceptions.description,
        exception_months.amount_at_risk_group as amount,
        exceptions.group_currency as currency_code
    from exceptions
    inner join exception_months on exceptions.exception_id = exception_months.exception_id
    left join exception_policies as of_the_type on exceptions.exception_type = of_the_type.exception_type
    left join exception_policies as for_all_types on for_all_types.exception_type = '*'
    left join reconciliation_definitions
        on exceptions.reconciliation_name = reconciliation_definitions.reconciliation_name
    where exceptions.status not in ('waived', 'cleared')
),

items as (
    select * from controls
    union all
    select * from open_exceptions
),

final as (
    select
        *,
        case when blocks then 'blocked' when not is_passed then 'attention' else 'ready' end as readiness,
        case when blocks then 3 when not is_passed then 2 else 1 end as readiness_rank
    from items
)

select * from final
