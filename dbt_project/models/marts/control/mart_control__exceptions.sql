-- Grain: one row per exception the data of the as-of date shows. What people decided, since when it is known and until
-- when it is due come from the control store; an exception it does not know yet is open since today.
with

exceptions as (select * from {{ ref('fct_exceptions') }}),

exception_types as (select * from {{ ref('exception_types') }}),

known_exceptions as (select * from {{ source('control', 'exceptions') }}),

entities as (select * from {{ ref('dim_entities') }}),

dated as (
    select
        exceptions.*,
        exception_types.title,
        coalesce(known_exceptions.status, 'open') as status,
        known_exceptions.assignee,
        coalesce(cast(known_exceptions.first_seen as date), {{ as_of_date() }}) as first_seen,
        coalesce(known_exceptions.due_date, exceptions.due_date) as kept_due_date,
        coalesce(known_exceptions.due_at, exceptions.due_at) as kept_due_at,
        coalesce(known_exceptions.warn_at, exceptions.warn_at) as kept_warn_at,
        coalesce(known_exceptions.sla_status, 'on_time') as sla_status,
        known_exceptions.waiver_until,
        known_exceptions.waiver_requested_by,
        known_exceptions.waiver_approved_by,
        {{ as_of_date() }} as as_of_date
    from exceptions
    left join exception_types on exceptions.exception_type = exception_types.exception_type
    left join known_exceptions on exceptions.exception_id = known_exceptions.exception_id
),

final as (
    select
        dated.exception_id,
        dated.exception_type,
        dated.title,
        dated.natural_key,
        dated.entity_code,
        entities.entity_name,
        dated.period_month,
        dated.severity,
        dated.days_to_close,
        dated.owner,
        dated.assignee,
        dated.status,
        dated.first_seen,
        dated.kept_due_date as due_date,
        dated.kept_due_at as due_at,
        dated.kept_warn_at as warn_at,
        dated.sla_status,
        dated.sla_status = 'breached' and dated.status in ('open', 'assigned', 'reopened') as is_overdue,
        {{ dbt.datediff('dated.first_seen', 'dated.as_of_date', 'day') }} as age_days,
        dated.waiver_until,
        dated.waiver_requested_by,
        dated.waiver_approved_by,
        dated.amount_transaction,
        dated.transaction_currency,
        dated.amount_at_risk_group,
        dated.group_currency,
        dated.description,
        dated.next_step,
        dated.reconciliation_name,
        dated.source_instance,
        dated.load_id
    from dated
    left join entities on dated.entity_code = entities.entity_code
)

select * from final
