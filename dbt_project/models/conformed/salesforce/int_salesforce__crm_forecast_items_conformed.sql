-- Grain: one row per forecast item in money: forecast type, territory or person, period and category. Only
-- amount_own_transaction adds up: the other amounts hold everything below the item, once more at every level above it.
-- A cumulative category holds others (commit holds closed): it never stands beside them in a sum.
-- Most types add up opportunities as they are. Those by split, product family, other dates or dated rates do not.
with

items as (
    select * from {{ ref('stg_salesforce__forecasting_items') }}
    where is_amount
),

forecast_types as (
    select * from {{ ref('stg_salesforce__forecasting_types') }}
),

periods as (
    select * from {{ ref('stg_salesforce__forecast_periods') }}
),

currencies as (
    select * from {{ ref('stg_salesforce__currency_types') }}
),

users as (
    select * from {{ ref('stg_salesforce__users') }}
),

final as (
    select
        items.source_forecast_item_id,
        coalesce(forecast_types.forecast_type_name, items.source_forecast_type_id) as forecast_type_name,
        coalesce(forecast_types.is_active, false) as is_forecast_type_active,
        case
            when coalesce(items.source_territory_id, forecast_types.source_territory_model_id) is not null
                then 'territory'
            else 'person'
        end as holder_type,
        items.source_territory_id,
        items.source_owner_id,
        users.user_name as owner_name,
        periods.period_start_date,
        periods.period_end_date,
        items.item_category as source_forecast_category,
        -- The one category an item stands for.
        case items.item_category
            when 'PipelineOnly' then 'pipeline'
            when 'BestCaseOnly' then 'best_case'
            when 'MostLikelyOnly' then 'most_likely'
            when 'CommitOnly' then 'commit'
            when 'ClosedOnly' then 'closed'
            when 'CustomCategory' then 'custom'
        end as forecast_category,
        items.item_category in ('OpenPipeline', 'BestCaseForecast', 'MostLikelyForecast', 'CommitForecast')
            as is_cumulative,
        case items.item_category
            when 'PipelineOnly' then 'pipeline'
            when 'BestCaseOnly' then 'best_case'
            when 'MostLikelyOnly' then 'most_likely'
            when 'CommitOnly' then 'commit'
            when 'ClosedOnly' then 'closed'
            when 'OpenPipeline' then 'pipeline best_case most_likely commit'
            when 'BestCaseForecast' then 'best_case most_likely commit closed'
            when 'MostLikelyForecast' then 'most_likely commit closed'
            when 'CommitForecast' then 'commit closed'
        end as held_categories,
        coalesce(
            forecast_types.date_type = 'OpportunityCloseDate'
            and not forecast_types.is_by_product_family
            and not forecast_types.has_dated_rates
            and forecast_types.source_split_type_id is null,
            false
        ) as is_sum_of_opportunities,
        items.amount_own_transaction,
        items.amount_rolled_up_transaction,
        items.amount_called_transaction,
        coalesce(items.is_adjusted, false) as is_adjusted,
        coalesce(items.is_up_to_date, false) as is_up_to_date,
        items.calculated_at,
        items.transaction_currency,
        currencies.crm_rate,
        items.source_instance,
        items.load_id,
        items.recorded_at
    from items
    left join forecast_types
        on
            items.source_instance = forecast_types.source_instance
            and items.source_forecast_type_id = forecast_types.source_forecast_type_id
    left join periods
        on
            items.source_instance = periods.source_instance
            and items.source_period_id = periods.source_period_id
    left join currencies
        on
            items.source_instance = currencies.source_instance
            and items.transaction_currency = currencies.currency_code
    left join users
        on
            items.source_instance = users.source_instance
            and items.source_owner_id = users.source_user_id
)

select * from final
