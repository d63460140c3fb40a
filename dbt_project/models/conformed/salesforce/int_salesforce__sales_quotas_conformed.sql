-- Grain: one row per quota in money. Quotas do not roll up: what is asked of a territory above others is a figure of
-- its own, and the sum of those below it another. A type that names a territory model is by territory, others by person.
with

quotas as (
    select * from {{ ref('stg_salesforce__forecasting_quotas') }}
    -- Quotas in pieces are no money.
    where is_amount
),

forecast_types as (
    select * from {{ ref('stg_salesforce__forecasting_types') }}
),

periods as (
    select * from {{ ref('stg_salesforce__forecast_periods') }}
),

users as (
    select * from {{ ref('stg_salesforce__users') }}
),

final as (
    select
        quotas.source_quota_id,
        coalesce(forecast_types.forecast_type_name, quotas.source_forecast_type_id) as forecast_type_name,
        coalesce(forecast_types.is_active, false) as is_forecast_type_active,
        case
            when coalesce(quotas.source_territory_id, forecast_types.source_territory_model_id) is not null
                then 'territory'
            else 'person'
        end as holder_type,
        quotas.source_territory_id,
        quotas.source_owner_id,
        users.user_name as owner_name,
        quotas.product_family_name as source_product_family,
        quotas.start_date as period_start_date,
        periods.period_end_date,
        quotas.amount_transaction,
        quotas.transaction_currency,
        quotas.source_instance,
        quotas.load_id,
        quotas.recorded_at
    from quotas
    left join forecast_types
        on
            quotas.source_instance = forecast_types.source_instance
            and quotas.source_forecast_type_id = forecast_types.source_forecast_type_id
    left join periods
        on
            quotas.source_instance = periods.source_instance
            and quotas.source_period_id = periods.source_period_id
    left join users
        on
            quotas.source_instance = users.source_instance
            and quotas.source_owner_id = users.source_user_id
)

select * from final
