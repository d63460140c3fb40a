-- Grain: one row per fiscal calendar, year and period. A fiscal year is named after the calendar year it begins in.
-- Special periods (13 and up) sort after the last normal one and share its dates: to find the period of a date, leave
-- them out.
with

fiscal_calendars as (
    select * from {{ ref('fiscal_calendars') }}
),

fiscal_years as (
    -- Forty years back covers what an ERP keeps, ten ahead what anybody plans.
    {{ whole_numbers('year(' ~ as_of_date() ~ ') - 40', 'year(' ~ as_of_date() ~ ') + 10') }}
),

period_numbers as (
    {{ whole_numbers(1, 16) }}
),

numbered_periods as (
    select
        fiscal_calendars.fiscal_calendar,
        fiscal_years.whole_number as fiscal_year,
        period_numbers.whole_number as fiscal_period,
        period_numbers.whole_number > 12 as is_special,
        make_date(fiscal_years.whole_number, fiscal_calendars.first_month, 1) as year_start_date,
        least(period_numbers.whole_number, 12) as months_to_period_end
    from fiscal_calendars
    cross join fiscal_years
    cross join period_numbers
    where period_numbers.whole_number <= 12 + fiscal_calendars.special_periods
),

dated_periods as (
    select
        *,
        {{ months_after('year_start_date', 'months_to_period_end - 1') }} as period_start_date
    from numbered_periods
),

final as (
    select
        fiscal_calendar,
        fiscal_year,
        fiscal_period,
        period_start_date,
        last_day(period_start_date) as period_end_date,
        is_special,
        period_start_date as calendar_month
    from dated_periods
)

select * from final
