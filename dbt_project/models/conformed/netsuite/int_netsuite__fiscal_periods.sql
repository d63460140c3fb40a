-- Grain: one row per posting period and fiscal calendar. NetSuite keeps years, quarters, months and adjustment periods
-- in one table and numbers none of them: a month is numbered by its distance from the start of its year, adjustment
-- periods follow the twelfth in the order in which they end. A fiscal year is named after the calendar year it begins
-- in.
with

periods as (
    select * from {{ ref('stg_netsuite__accounting_periods') }}
),

places as (
    select * from {{ ref('stg_netsuite__accounting_period_calendars') }}
),

-- A period belongs to a quarter and that to a year, or to a year at once.
years_of_periods as (
    select
        places.source_instance,
        places.accounting_period_id,
        places.fiscal_calendar_id,
        case
            when parents.is_year then parents.accounting_period_id
            else parent_places.parent_accounting_period_id
        end as year_accounting_period_id
    from places
    left join periods as parents
        on
            places.source_instance = parents.source_instance
            and places.parent_accounting_period_id = parents.accounting_period_id
    left join places as parent_places
        on
            places.source_instance = parent_places.source_instance
            and places.fiscal_calendar_id = parent_places.fiscal_calendar_id
            and places.parent_accounting_period_id = parent_places.accounting_period_id
),

posting_periods as (
    select
        periods.source_instance,
        periods.accounting_period_id,
        years_of_periods.fiscal_calendar_id,
        periods.is_adjustment,
        periods.start_date,
        years.start_date as year_start_date,
        row_number() over (
            partition by
                periods.source_instance,
                years_of_periods.fiscal_calendar_id,
                years.accounting_period_id,
                periods.is_adjustment
            order by periods.end_date, periods.accounting_period_id
        ) as place_in_year
    from periods
    inner join years_of_periods
        on
            periods.source_instance = years_of_periods.source_instance
            and periods.accounting_period_id = years_of_periods.accounting_period_id
    inner join periods as years
        on
            years_of_periods.source_instance = years.source_instance
            and years_of_periods.year_accounting_period_id = years.accounting_period_id
    where not periods.is_year and not periods.is_quarter
),

final as (
    select
        accounting_period_id,
        fiscal_calendar_id,
        cast(year(year_start_date) as integer) as fiscal_year,
        cast(
            case
                when is_adjustment then 12 + place_in_year
                else
                    12 * (year(start_date) - year(year_start_date)) + month(start_date) - month(year_start_date) + 1
            end as integer
        ) as fiscal_period,
        source_instance
    from posting_periods
)

select * from final
