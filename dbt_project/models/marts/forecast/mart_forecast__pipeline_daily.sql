-- Grain: one row per day, entity, governed forecast category and currency, from the first day there was anything in it:
-- the pipeline as it stood at the end of that day (UTC). Opportunities in a stage without an approved category stand in
-- the category 'unmapped': outside the forecast, never outside the table. Amounts are running sums of what each change
-- brought in and took away, so a day costs the same whatever the number of open opportunities.
with

opportunity_history as (select * from {{ ref('fct_opportunity_history') }}),

entities as (select * from {{ ref('dim_entities') }}),

currencies as (select * from {{ ref('dim_currencies') }}),

categorised as (
    select
        coalesce(entity_code, 'unassigned') as entity_code,
        case when is_stage_mapped then forecast_category else 'unmapped' end as forecast_category,
        transaction_currency,
        valid_from_date,
        valid_to_date,
        coalesce(amount_transaction, 0) as amount,
        coalesce(amount_transaction, 0) * coalesce(forecast_probability, 0) as amount_weighted
    from opportunity_history
    where valid_from_date <= {{ as_of_date() }}
),

changes as (
    select
        entity_code,
        forecast_category,
        transaction_currency,
        valid_from_date as pipeline_date,
        1 as opportunity_count,
        amount,
        amount_weighted
    from categorised

    union all

    select
        entity_code,
        forecast_category,
        transaction_currency,
        valid_to_date as pipeline_date,
        -1 as opportunity_count,
        -amount as amount,
        -amount_weighted as amount_weighted
    from categorised
    where valid_to_date <= {{ as_of_date() }}
),

daily_changes as (
    select
        entity_code,
        forecast_category,
        transaction_currency,
        pipeline_date,
        sum(opportunity_count) as opportunity_count,
        sum(amount) as amount,
        sum(amount_weighted) as amount_weighted
    from changes
    group by entity_code, forecast_category, transaction_currency, pipeline_date
),

first_days as (
    select
        entity_code,
        forecast_category,
        transaction_currency,
        min(pipeline_date) as first_date
    from daily_changes
    group by entity_code, forecast_category, transaction_currency
),

pipeline_start as (
    select min(first_date) as first_date
    from first_days
),

day_numbers as (
    {{ whole_numbers(
        0, '(select ' ~ dbt.datediff('first_date', as_of_date(), 'day') ~ ' from pipeline_start)'
    ) }}
),

days as (
    select {{ days_after('pipeline_start.first_date', 'day_numbers.whole_number') }} as pipeline_date
    from day_numbers
    cross join pipeline_start
),

running_sums as (
    select
        days.pipeline_date,
        first_days.entity_code,
        first_days.forecast_category,
        first_days.transaction_currency,
        sum(coalesce(daily_changes.opportunity_count, 0)) over running as opportunity_count,
        sum(coalesce(daily_changes.amount, 0)) over running as amount,
        sum(coalesce(daily_changes.amount_weighted, 0)) over running as amount_weighted
    from first_days
    inner join days on first_days.first_date <= days.pipeline_date
    left join daily_changes
        on
            first_days.entity_code = daily_changes.entity_code
            and first_days.forecast_category = daily_changes.forecast_category
            and first_days.transaction_currency = daily_changes.transaction_currency
            and days.pipeline_date = daily_changes.pipeline_date
    window running as (
        partition by first_days.entity_code, first_days.forecast_category, first_days.transaction_currency
        order by days.pipeline_date
        rows between unbounded preceding and current row
    )
),

final as (
    select
        running_sums.pipeline_date,
        running_sums.entity_code,
        entities.entity_name,
        running_sums.forecast_category,
        running_sums.forecast_category in ('pipeline', 'best_case', 'commit') as is_in_forecast,
        cast(running_sums.opportunity_count as bigint) as opportunity_count,
        cast(running_sums.amount as {{ type_amount() }}) as amount_transaction,
        {{ round_half_away('running_sums.amount_weighted', 'currencies.minor_units') }} as amount_weighted_transaction,
        running_sums.transaction_currency
    from running_sums
    left join entities on running_sums.entity_code = entities.entity_code
    left join currencies on running_sums.transaction_currency = currencies.currency_code
    where running_sums.opportunity_count > 0
)

select * from final
