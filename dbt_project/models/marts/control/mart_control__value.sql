-- Grain: one row per measure and scope ('*' for everything). What the platform is worth, from the data of its own runs.
with

summaries as (select * from {{ ref('fct_reconciliation_summaries') }}),

exceptions as (select * from {{ ref('mart_control__exceptions') }}),

source_status as (select * from {{ source('control', 'source_status') }}),

period_history as (select * from {{ source('control', 'period_history') }}),

items as (
    select
        unnest([reconciliation_name, '*']) as scope,
        left_item_count + right_item_count as item_count,
        case when outcome in ('matched', 'matched_within_tolerance') then left_item_count + right_item_count else 0 end
            as matched_count
    from summaries
),

match_rates as (
    select
        'auto_match_rate' as measure,
        scope,
        {{ ratio_of_counts('100 * sum(matched_count)', 'sum(item_count)') }} as measured,
        'percent of items' as unit
    from items
    group by scope
    having sum(item_count) > 0
),

open_exceptions as (
    select
        unnest([coalesce(owner, 'nobody'), '*']) as scope,
        age_days
    from exceptions
    where status in ('open', 'assigned', 'reopened')
),

open_counts as (
    select
        'open_exceptions' as measure,
        scope,
        count(*) as measured,
        'exceptions' as unit
    from open_exceptions
    group by scope
),

ages as (
    select
        'age_of_open_exceptions' as measure,
        scope,
        {{ ratio_of_counts('sum(age_days)', 'count(*)') }} as measured,
        'days on average' as unit
    from open_exceptions
    group by scope
),

exception_count as (
    select count(*) as exception_count
    from exceptions
),

exception_rates as (
    select
        'exceptions_per_thousand_rows' as measure,
        '*' as scope,
        {{ ratio_of_counts('1000 * max(exception_count.exception_count)', 'sum(source_status.rows)') }} as measured,
        'exceptions' as unit
    from source_status
    cross join exception_count
    having sum(source_status.rows) > 0
),

-- From the end of the month to the night on which somebody approved it; of a month closed again the last time.
closings as (
    select
        entity_code,
        {{ dbt.datediff('last_day(period_month)', 'max(as_of)', 'day') }} as days_to_close
    from period_history
    where event = 'approved'
    group by entity_code, module, period_month
),

scoped_closings as (
    select
        unnest([entity_code, '*']) as scope,
        days_to_close
    from closings
),

days_to_close as (
    select
        'days_to_close' as measure,
        scope,
        {{ ratio_of_counts('sum(days_to_close)', 'count(*)') }} as measured,
        'days on average' as unit
    from scoped_closings
    group by scope
),

scoped_signatures as (
    select
        unnest([entity_code, '*']) as scope,
        event
    from period_history
),

restatements as (
    select
        'restatements' as measure,
        scope,
        count(case when event = 'voided' then 1 end) as measured,
        'signed months that changed' as unit
    from scoped_signatures
    group by scope
),

measures as (
    select * from match_rates
    union all
    select * from open_counts
    union all
    select * from ages
    union all
    select * from exception_rates
    union all
    select * from days_to_close
    union all
    select * from restatements
),

final as (
    select
        {{ as_of_date() }} as as_of_date,
        measure,
        scope,
        cast(measured as {{ type_amount() }}) as measured,
        unit
    from measures
)

select * from final
