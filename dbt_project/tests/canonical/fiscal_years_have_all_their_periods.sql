-- Every year of a calendar has its twelve periods and its special ones, numbered without a gap.
select
    fiscal_periods.fiscal_calendar,
    fiscal_periods.fiscal_year,
    count(*) as number_of_periods
from {{ ref('dim_fiscal_periods') }} as fiscal_periods
inner join {{ ref('fiscal_calendars') }} as fiscal_calendars
    on fiscal_periods.fiscal_calendar = fiscal_calendars.fiscal_calendar
group by fiscal_periods.fiscal_calendar, fiscal_periods.fiscal_year, fiscal_calendars.special_periods
having
    count(*) <> 12 + fiscal_calendars.special_periods
    or max(fiscal_periods.fiscal_period) <> 12 + fiscal_calendars.special_periods
