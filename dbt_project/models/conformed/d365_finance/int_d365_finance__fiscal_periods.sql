-- Grain: one row per period. Periods have names, no numbers: the operating ones are numbered from the start of their
-- year, which is named after the calendar year it begins in. Closing periods follow the last operating one and share its
-- days. An opening period is the first one: balances brought in from another system may be posted there.
with

periods as (
    select
        *,
        row_number() over (
            partition by source_instance, year_record_id, period_type
            order by start_date, end_date, period_record_id
        ) as place_of_its_type
    from {{ ref('stg_d365_finance__fiscal_periods') }}
),

years as (
    select
        source_instance,
        year_record_id,
        min(start_date) as year_start_date,
        sum(case when period_type = 'Operating' then 1 else 0 end) as operating_periods
    from periods
    group by source_instance, year_record_id
),

final as (
    select
        periods.period_record_id,
        periods.period_type,
        cast(year(years.year_start_date) as integer) as fiscal_year,
        cast(
            case periods.period_type
                when 'Opening' then 1
                when 'Operating' then periods.place_of_its_type
                when 'Closing' then greatest(years.operating_periods, 12) + periods.place_of_its_type
            end as integer
        ) as fiscal_period,
        periods.source_instance
    from periods
    inner join years
        on
            periods.source_instance = years.source_instance
            and periods.year_record_id = years.year_record_id
)

select * from final
