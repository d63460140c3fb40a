-- One metric, two ways: the running sums of the daily pipeline arrive, on the as-of date, at the opportunities themselves.
with

daily as (
    select
        forecast_category,
        transaction_currency,
        sum(amount_transaction) as amount_daily,
        sum(opportunity_count) as opportunities_daily
    from {{ ref('mart_forecast__pipeline_daily') }}
    where pipeline_date = {{ as_of_date() }}
    group by forecast_category, transaction_currency
),

standing as (
    select
        case when is_stage_mapped then forecast_category else 'unmapped' end as forecast_category,
        transaction_currency,
        sum(amount_transaction) as amount_standing,
        count(*) as opportunities_standing
    from {{ ref('fct_opportunities') }}
    where not is_deleted
    group by case when is_stage_mapped then forecast_category else 'unmapped' end, transaction_currency
)

select *
from daily
full outer join standing
    on
        daily.forecast_category = standing.forecast_category
        and daily.transaction_currency = standing.transaction_currency
where
    coalesce(daily.amount_daily, 0) <> coalesce(standing.amount_standing, 0)
    or coalesce(daily.opportunities_daily, 0) <> coalesce(standing.opportunities_standing, 0)
