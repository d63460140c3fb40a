-- Grain: one row per territory, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_salesforce', 'territories'), ['Id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Id']) }} as source_key,
        {{ salesforce_id('Id') }} as source_territory_id,
        {{ text('Name') }} as territory_name,
        {{ salesforce_id('ParentTerritory2Id') }} as parent_source_territory_id,
        {{ salesforce_id('Territory2ModelId') }} as source_territory_model_id,
        {{ salesforce_id('ForecastUserId') }} as source_forecast_user_id,
        {{ rejection_reason([
            required('Id', salesforce_id('Id')),
            required('Name'),
            castable('ParentTerritory2Id', salesforce_id('ParentTerritory2Id')),
            required('Territory2ModelId', salesforce_id('Territory2ModelId')),
            castable('ForecastUserId', salesforce_id('ForecastUserId')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
