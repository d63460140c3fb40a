-- Grain: one row per exception the data of the as-of date shows. Status and first_seen come from the control store once
-- it knows the exception; one it does not know yet is open since today.
with

exceptions as (select * from {{ ref('fct_exceptions') }}),

exception_types as (select * from {{ ref('exception_types') }}),

known_exceptions as (select * from {{ source('control', 'exceptions') }}),

entities as (select * from {{ ref('dim_entities') }}),

dated as (
    select
        exceptions.*,
        exception_types.title,
        exception_types.next_step,
        exception_types.sla_days,
        coalesce(known_exceptions.status, 'open') as status,
        coalesce(cast(known_exceptions.first_seen as date), {{ as_of_date() }}) as first_seen,
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
        dated.owner,
        dated.status,
        dated.first_seen,
        {{ days_after('dated.first_seen', 'dated.sla_days') }} as due_date,
        {{ dbt.datediff('dated.first_seen', 'dated.as_of_date', 'day') }} as age_days,
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
