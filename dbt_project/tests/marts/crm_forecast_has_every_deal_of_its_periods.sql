-- One metric, two tables: whoever holds them, the deals that a forecast type shows of a period and category are the
-- opportunities closing in it, every one and in their money.
with

shown as (
    select
        source_instance,
        forecast_type_name,
        holder_type,
        period_start_date,
        period_end_date,
        forecast_category,
        sum(opportunity_count) as opportunities_shown,
        sum(amount_governed_group) as amount_shown
    from {{ ref('mart_forecast__crm_forecast') }}
    group by source_instance, forecast_type_name, holder_type, period_start_date, period_end_date, forecast_category
),

periods as (
    select distinct
        source_instance,
        forecast_type_name,
        holder_type,
        period_start_date,
        period_end_date
    from {{ ref('fct_crm_forecast_items') }}
    where is_forecast_type_active and not is_cumulative
),

closing as (
    select
        periods.source_instance,
        periods.forecast_type_name,
        periods.holder_type,
        periods.period_start_date,
        periods.period_end_date,
        coalesce(opportunities.forecast_category, 'unmapped') as forecast_category,
        count(*) as opportunities_closing,
        sum(opportunities.amount_group) as amount_closing
    from periods
    inner join {{ ref('fct_opportunities') }} as opportunities
        on
            periods.source_instance = opportunities.source_instance
            and opportunities.close_date between periods.period_start_date and periods.period_end_date
    where not opportunities.is_deleted and (opportunities.is_won or not opportunities.is_closed)
    group by
        periods.source_instance,
        periods.forecast_type_name,
        periods.holder_type,
        periods.period_start_date,
        periods.period_end_date,
        coalesce(opportunities.forecast_category, 'unmapped')
)

select *
from shown
full outer join closing
    on
        shown.source_instance = closing.source_instance
        and shown.forecast_type_name = closing.forecast_type_name
        and shown.holder_type = closing.holder_type
        and shown.period_start_date = closing.period_start_date
        and shown.period_end_date = closing.period_end_date
        and shown.forecast_category = closing.forecast_category
where
    coalesce(shown.forecast_category, closing.forecast_category) <> 'omitted'
    and (
        coalesce(shown.opportunities_shown, 0) <> coalesce(closing.opportunities_closing, 0)
        or coalesce(shown.amount_shown, 0) <> coalesce(closing.amount_closing, 0)
    )
