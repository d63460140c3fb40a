-- Grain: one row per sales territory that is or was in force. A territory counts while its model is active; a model
-- that is only planned has territories of its own, often copies with the same names: nobody sells in them.
with

territories as (
    select * from {{ ref('stg_salesforce__territories') }}
),

territory_models as (
    select * from {{ ref('stg_salesforce__territory_models') }}
),

final as (
    select
        territories.source_territory_id,
        territories.territory_name,
        territories.parent_source_territory_id,
        territories.source_forecast_user_id as source_owner_id,
        coalesce(territory_models.activated_date, {{ open_start() }}) as valid_from,
        case
            when territory_models.model_state = 'active' then {{ open_end() }}
            else coalesce(territory_models.deactivated_date, {{ as_of_date() }})
        end as valid_to,
        territories.source_instance,
        territories.load_id,
        territories.recorded_at
    from territories
    inner join territory_models
        on
            territories.source_instance = territory_models.source_instance
            and territories.source_territory_model_id = territory_models.source_territory_model_id
    where
        territory_models.model_state = 'active'
        or (territory_models.model_state = 'archived' and territory_models.activated_date is not null)
)

select * from final
