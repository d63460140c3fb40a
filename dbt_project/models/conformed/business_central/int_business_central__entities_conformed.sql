-- Grain: one row per company. Its fiscal calendar begins in the month in which its latest fiscal year does.
with

companies as (
    select * from {{ ref('int_business_central__companies') }}
),

year_starts as (
    select
        source_instance,
        company_id,
        month(max(year_start_date)) as first_month
    from {{ ref('int_business_central__fiscal_periods') }}
    group by source_instance, company_id
),

fiscal_calendars as (
    select * from {{ ref('fiscal_calendars') }}
),

final as (
    select
        companies.source_entity_id,
        companies.entity_name,
        companies.country_code,
        companies.local_currency,
        fiscal_calendars.fiscal_calendar,
        companies.source_entity_id as chart_code,
        companies.source_instance,
        companies.load_id,
        companies.recorded_at
    from companies
    left join year_starts
        on
            companies.source_instance = year_starts.source_instance
            and companies.company_id = year_starts.company_id
    left join fiscal_calendars on year_starts.first_month = fiscal_calendars.first_month
)

select * from final
