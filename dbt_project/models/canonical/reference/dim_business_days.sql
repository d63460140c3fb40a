-- Grain: one row per business calendar (a country, '*' for all others) and day, from three years before the as-of date to
-- one after it. The day n business days after another is the business day whose business_day_number is n higher.
with

business_calendars as (
    select * from {{ ref('business_calendars') }}
),

holidays as (
    select * from {{ ref('holidays') }}
),

day_numbers as (
    -- Three years back covers the open items of a close, one ahead any deadline.
    {{ whole_numbers(-1096, 366) }}
),

calendar_days as (
    select
        business_calendars.country_code,
        business_calendars.time_zone,
        business_calendars.weekend_days,
        business_calendars.business_day_ends,
        {{ days_after(as_of_date(), 'day_numbers.whole_number') }} as calendar_date
    from business_calendars
    cross join day_numbers
),

judged as (
    select
        calendar_days.country_code,
        calendar_days.calendar_date,
        holidays.name as holiday_name,
        instr(
            calendar_days.weekend_days, cast({{ iso_weekday('calendar_days.calendar_date') }} as varchar)
        ) = 0 and holidays.holiday_date is null as is_business_day,
        {{ utc_of_local(
            'calendar_days.calendar_date', 'calendar_days.business_day_ends', 'calendar_days.time_zone'
        ) }} as business_day_ends_at
    from calendar_days
    left join holidays
        on
            calendar_days.country_code = holidays.country_code
            and calendar_days.calendar_date = holidays.holiday_date
),

final as (
    select
        country_code,
        calendar_date,
        is_business_day,
        holiday_name,
        cast(sum(case when is_business_day then 1 else 0 end) over (
            partition by country_code
            order by calendar_date
            rows between unbounded preceding and current row
        ) as integer) as business_day_number,
        cast(sum(case when is_business_day then 1 else 0 end) over (
            partition by country_code, {{ month_of('calendar_date') }}
            order by calendar_date
            rows between unbounded preceding and current row
        ) as integer) as business_day_of_month,
        business_day_ends_at
    from judged
)

select * from final
