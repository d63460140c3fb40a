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
        {{ text('DateType') }} as date_type,
        coalesce({{ boolean('HasProductFamily') }}, false) as is_by_product_family,
        coalesce({{ boolean('IsAdvCurrencyMgmt') }}, false) as has_dated_rates,
        {{ salesforce_id('OpportunitySplitTypeId') }} as source_split_type_id,
        {{ salesforce_id('Territory2ModelId') }} as source_territory_model_id,
        {{ rejection_reason([
            required('Id', salesforce_id('Id')),
            required('DeveloperName'),
            required('IsActive', boolean('IsActive')),
            required('IsAmount', boolean('IsAmount')),
            castable('HasProductFamily', boolean('HasProductFamily')),
            castable('IsAdvCurrencyMgmt', boolean('IsAdvCurrencyMgmt')),
            castable('OpportunitySplitTypeId', salesforce_id('OpportunitySplitTypeId')),
            castable('Territory2ModelId', salesforce_id('Territory2ModelId')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
