-- Grain: one row per forecast item in money: forecast type, territory or person, period and category. Only
-- amount_own_transaction adds up, and only over rows that are not cumulative.
with

items as (
    select * from {{ ref('all_crm_forecast_items') }}
),

territories as (
    select * from {{ ref('dim_territories') }}
),

final as (
    select
        {{ surrogate_key(['items.source_instance', 'items.source_forecast_item_id']) }} as crm_forecast_item_id,
        items.source_forecast_item_id,
        items.forecast_type_name,
        items.is_forecast_type_active,
        items.holder_type,
        case
            when items.holder_type = 'territory' then items.source_territory_id
            else items.source_owner_id
        end as source_holder_id,
        case
            when items.holder_type = 'territory' then territories.territory_name
            else items.owner_name
        end as holder_name,
        case
            when items.source_territory_id is not null
                then {{ surrogate_key(['items.source_instance', 'items.source_territory_id']) }}
        end as territory_id,
        items.source_territory_id,
        case when items.source_territory_id is not null then territories.territory_id is not null end
            as is_territory_known,
        items.source_owner_id,
        items.owner_name,
        items.period_start_date,
        items.period_end_date,
        items.source_forecast_category,
        items.forecast_category,
        items.is_cumulative,
        items.held_categories,
        items.is_sum_of_opportunities,
        items.amount_own_transaction,
        items.amount_rolled_up_transaction,
        items.amount_called_transaction,
        items.is_adjusted,
        items.is_up_to_date,
        items.calculated_at,
        items.transaction_currency,
        items.crm_rate,
        items.source_instance,
        items.load_id,
        items.recorded_at
    from items
    left join territories
        on
            items.source_instance = territories.source_instance
            and items.source_territory_id = territories.source_territory_id
)

select * from final
