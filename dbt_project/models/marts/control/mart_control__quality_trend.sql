-- Grain: one row per night and exception type that was ever found: how many came, went and were open at the end of it. A
-- cause that was mended lowers its line.
with

exception_history as (select * from {{ source('control', 'exception_history') }}),

known_exceptions as (select * from {{ source('control', 'exceptions') }}),

accepted_loads as (select * from {{ source('control', 'accepted_loads') }}),

nights as (
    select as_of as night
    from accepted_loads
    union
    select as_of
    from exception_history
    union
    select {{ as_of_date() }}
),

changes as (
    select
        known_exceptions.type as exception_type,
        exception_history.as_of as night,
        coalesce(exception_history.from_status in ('open', 'assigned', 'reopened'), false) as was_open,
        exception_history.to_status in ('open', 'assigned', 'reopened') as is_open,
        exception_history.to_status = 'cleared' as is_cleared
    from exception_history
    inner join known_exceptions on exception_history.exception_id = known_exceptions.exception_id
),

types as (
    select distinct exception_type
    from changes
),

by_night as (
    select
        types.exception_type,
        nights.night,
        count(case when changes.is_open and not changes.was_open then 1 end) as came,
        count(case when changes.is_cleared then 1 end) as cleared,
        count(case when changes.is_open and not changes.was_open then 1 end)
        - count(case when changes.was_open and not changes.is_open then 1 end) as open_change
    from nights
    cross join types
    left join changes on nights.night = changes.night and types.exception_type = changes.exception_type
    group by types.exception_type, nights.night
),

final as (
    select
        night as as_of_date,
        exception_type,
        cast(came as bigint) as came,
        cast(cleared as bigint) as cleared,
        cast(sum(open_change) over (partition by exception_type order by night) as bigint) as open_at_end
    from by_night
)

select * from final
where as_of_date <= {{ as_of_date() }}
