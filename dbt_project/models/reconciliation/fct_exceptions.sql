-- Grain: one row per exception, which is a type and the natural key of what is wrong: found again tomorrow it has the
-- same exception_id. amount_at_risk_group is without sign, at the rate of its month; without a rate it is null and the
-- description says so. Deadlines are those of an exception found today for the first time: one that is older
-- keeps those of the night that opened it, which the control store remembers.
with

findings as (select * from {{ ref('valued_findings') }}),

exception_types as (select * from {{ ref('exception_types') }}),

exception_owners as (select * from {{ ref('dim_exception_owners') }}),

exception_policies as (select * from {{ ref('exception_policies') }}),

close_deadlines as (select * from {{ ref('close_deadlines') }}),

business_days as (select * from {{ ref('dim_business_days') }}),

entities as (select * from {{ ref('dim_entities') }}),

-- An exception of several entities belongs to the owner for all of them; money of several currencies has no sum but the
-- one in group currency.
exceptions as (
    select
        exception_type,
        natural_key,
        case when count(distinct entity_code) = 1 and count(entity_code) = count(*) then min(entity_code) end
            as entity_code,
        min(period_month) as period_month,
        case when count(distinct transaction_currency) = 1 then sum(amount_transaction) end as amount_transaction,
        case when count(distinct transaction_currency) = 1 then min(transaction_currency) end as transaction_currency,
        case when count(amount_transaction) = count(amount_group) then sum(amount_group) end as amount_at_risk_group,
        count(amount_transaction) > count(amount_group) as is_rate_missing,
        -- What is said in words says more than the keys of a reconciliation's item.
        coalesce(min(case when reconciliation_name is null then subject end), min(subject)) as subject,
        min(reconciliation_name) as reconciliation_name,
        min(source_instance) as source_instance,
        max(load_id) as load_id
    from findings
    group by exception_type, natural_key
),

ranked_owners as (
    select
        exceptions.exception_type,
        exceptions.natural_key,
        exception_owners.owner,
        row_number() over (
            partition by exceptions.exception_type, exceptions.natural_key
            order by
                case when exception_owners.exception_type = '*' then 2 else 1 end,
                case when exception_owners.entity_code = '*' then 2 else 1 end
        ) as owner_rank
    from exceptions
    inner join exception_owners
        on
            (exceptions.exception_type = exception_owners.exception_type or exception_owners.exception_type = '*')
            and (exceptions.entity_code = exception_owners.entity_code or exception_owners.entity_code = '*')
),

-- The calendar an exception is worked by: its entity's country's, or the one for all others; and its type's policy.
calendars as (
    select
        exceptions.exception_type,
        exceptions.natural_key,
        coalesce(today.country_code, '*') as country_code,
        coalesce(of_the_type.warn_days, for_all_types.warn_days) as warn_days,
        case
            when of_the_type.exception_type is null then for_all_types.close_window_days
            else of_the_type.close_window_days
        end as close_window_days,
        coalesce(of_the_type.longest_waiver_days, for_all_types.longest_waiver_days) as longest_waiver_days,
        coalesce(of_the_entity.close_business_day, for_all_entities.close_business_day) as close_business_day
    from exceptions
    left join entities on exceptions.entity_code = entities.entity_code
    left join business_days as today
        on entities.country_code = today.country_code and today.calendar_date = {{ as_of_date() }}
    left join exception_policies as of_the_type on exceptions.exception_type = of_the_type.exception_type
    left join exception_policies as for_all_types on for_all_types.exception_type = '*'
    left join close_deadlines as of_the_entity on exceptions.entity_code = of_the_entity.entity_code
    left join close_deadlines as for_all_entities on for_all_entities.entity_code = '*'
),

-- Deadlines are business days, counted from the as-of date.
scheduled as (
    select
        calendars.exception_type,
        calendars.natural_key,
        today.is_business_day,
        due_day.calendar_date as due_date,
        due_day.business_day_ends_at as due_at,
        warn_day.business_day_ends_at as warn_at,
        calendars.close_window_days,
        calendars.country_code,
        calendars.close_business_day,
        today.business_day_number
    from calendars
    inner join exception_types on calendars.exception_type = exception_types.exception_type
    inner join business_days as today
        on calendars.country_code = today.country_code and today.calendar_date = {{ as_of_date() }}
    left join business_days as due_day
        on
            calendars.country_code = due_day.country_code
            and due_day.is_business_day
            and due_day.business_day_number = today.business_day_number + exception_types.sla_days
    left join business_days as warn_day
        on
            calendars.country_code = warn_day.country_code
            and warn_day.is_business_day
            and warn_day.business_day_number = today.business_day_number
            + greatest(exception_types.sla_days - calendars.warn_days, 0)
),

-- The next close that takes the exception's month: the books of a month close on a business day of the month after it.
closes as (
    select
        scheduled.exception_type,
        scheduled.natural_key,
        min(close_day.business_day_number) - min(scheduled.business_day_number) as days_to_close
    from scheduled
    inner join exceptions
        on
            scheduled.exception_type = exceptions.exception_type
            and scheduled.natural_key = exceptions.natural_key
    inner join business_days as close_day
        on
            scheduled.country_code = close_day.country_code
            and close_day.is_business_day
            and scheduled.close_business_day = close_day.business_day_of_month
            and close_day.calendar_date >= {{ as_of_date() }}
            and {{ month_of('close_day.calendar_date') }}
            > coalesce(exceptions.period_month, cast('0001-01-01' as date))
    group by scheduled.exception_type, scheduled.natural_key
),

graded as (
    select
        exceptions.exception_type,
        exceptions.natural_key,
        case
            when exceptions.amount_at_risk_group >= exception_types.escalation_amount_group
                then exception_types.escalated_severity
            else exception_types.severity
        end as severity_by_money,
        closes.days_to_close,
        coalesce(closes.days_to_close <= scheduled.close_window_days, false) as is_close_near
    from exceptions
    left join exception_types on exceptions.exception_type = exception_types.exception_type
    left join scheduled
        on
            exceptions.exception_type = scheduled.exception_type
            and exceptions.natural_key = scheduled.natural_key
    left join closes
        on exceptions.exception_type = closes.exception_type and exceptions.natural_key = closes.natural_key
),

final as (
    select
        {{ surrogate_key(['exceptions.exception_type', 'exceptions.natural_key']) }} as exception_id,
        exceptions.exception_type,
        exceptions.natural_key,
        exceptions.entity_code,
        exceptions.period_month,
        exceptions.amount_transaction,
        exceptions.transaction_currency,
        exceptions.amount_at_risk_group,
        cast('{{ var("group_currency") }}' as varchar) as group_currency,
        case
            when not graded.is_close_near then graded.severity_by_money
            when graded.severity_by_money = 'low' then 'medium'
            when graded.severity_by_money = 'medium' then 'high'
            else 'critical'
        end as severity,
        ranked_owners.owner,
        concat_ws(
            '',
            exception_types.title,
            ': ',
            exceptions.subject,
            case when exceptions.is_rate_missing then ' (no rate: not valued in {{ var("group_currency") }})' end
        ) as description,
        exception_types.next_step,
        calendars.longest_waiver_days,
        graded.days_to_close,
        scheduled.is_business_day,
        scheduled.due_date,
        scheduled.due_at,
        scheduled.warn_at,
        exceptions.reconciliation_name,
        exceptions.source_instance,
        exceptions.load_id
    from exceptions
    left join exception_types on exceptions.exception_type = exception_types.exception_type
    left join ranked_owners
        on
            exceptions.exception_type = ranked_owners.exception_type
            and exceptions.natural_key = ranked_owners.natural_key
            and ranked_owners.owner_rank = 1
    left join graded
        on exceptions.exception_type = graded.exception_type and exceptions.natural_key = graded.natural_key
    left join calendars
        on exceptions.exception_type = calendars.exception_type and exceptions.natural_key = calendars.natural_key
    left join scheduled
        on exceptions.exception_type = scheduled.exception_type and exceptions.natural_key = scheduled.natural_key
)

select * from final
