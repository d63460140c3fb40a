-- Grain: one row per forecast type, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_salesforce', 'forecasting_types'), ['Id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Id']) }} as source_key,
        {{ salesforce_id('Id') }} as source_forecast_type_id,
        {{ text('DeveloperName') }} as forecast_type_name,
        {{ boolean('IsActive') }} as is_active,
        {{ boolean('IsAmount') }} as is_amount,
        {{ salesforce_id('Territory2ModelId') }} as source_territory_model_id,
        {{ rejection_reason([
            required('Id', salesforce_id('Id')),
            required('DeveloperName'),
            required('IsActive', boolean('IsActive')),
            required('IsAmount', boolean('IsAmount')),
            castable('Territory2ModelId', salesforce_id('Territory2ModelId')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
