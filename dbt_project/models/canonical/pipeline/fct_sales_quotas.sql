-- Grain: one row per quota in money. A quota of a territory above others is no sum of those below: never add both.
with

quotas as (
    select * from {{ ref('all_sales_quotas') }}
),

territories as (
    select * from {{ ref('dim_territories') }}
),

final as (
    select
        {{ surrogate_key(['quotas.source_instance', 'quotas.source_quota_id']) }} as quota_id,
        quotas.source_quota_id,
        quotas.forecast_type_name,
        quotas.is_forecast_type_active,
        quotas.holder_type,
        case
            when quotas.holder_type = 'territory' then quotas.source_territory_id
            else quotas.source_owner_id
        end as source_holder_id,
        case
            when quotas.holder_type = 'territory' then territories.territory_name
            else quotas.owner_name
        end as holder_name,
        case
            when quotas.source_territory_id is not null
                then {{ surrogate_key(['quotas.source_instance', 'quotas.source_territory_id']) }}
        end as territory_id,
        quotas.source_territory_id,
        case when quotas.source_territory_id is not null then territories.territory_id is not null end
            as is_territory_known,
        quotas.source_owner_id,
        quotas.owner_name,
        quotas.source_product_family,
        quotas.period_start_date,
        coalesce(quotas.period_end_date, last_day(quotas.period_start_date)) as period_end_date,
        {{ month_of('quotas.period_start_date') }} as calendar_month,
        quotas.amount_transaction,
        quotas.transaction_currency,
        quotas.source_instance,
        quotas.load_id,
        quotas.recorded_at
    from quotas
    left join territories
        on
            quotas.source_instance = territories.source_instance
            and quotas.source_territory_id = territories.source_territory_id
)

select * from final
