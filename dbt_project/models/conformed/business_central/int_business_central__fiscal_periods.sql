-- Grain: one row per accounting period of a company. Periods have neither number nor end: a period ends before the next
-- one begins, is numbered from the start of its fiscal year, and the year is named after the calendar year in which it
-- begins. There are no special periods; closing entries (C31/12) come with the last day of the year.
with

periods as (
    select * from {{ ref('stg_business_central__accounting_periods') }}
),

bounded as (
    select
        source_instance,
        company_id,
        period_start_date,
        cast(
            coalesce(
                {{ days_after('lead(period_start_date) over company_periods', '-1') }}, date '9999-12-31'
            ) as date
        ) as period_end_date,
        max(case when is_new_fiscal_year then period_start_date end) over (
            partition by source_instance, company_id
            order by period_start_date
            rows between unbounded preceding and current row
        ) as year_start_date
    from periods
    window company_periods as (partition by source_instance, company_id order by period_start_date)
),

final as (
    select
        company_id,
        period_start_date,
        period_end_date,
        year_start_date,
        cast(year(year_start_date) as integer) as fiscal_year,
        cast(
            row_number() over (
                partition by source_instance, company_id, year_start_date
                order by period_start_date
            ) as integer
        ) as fiscal_period,
        source_instance
    from bounded
    -- What lies before the first fiscal year belongs to none.
    where year_start_date is not null
)

select * from final
