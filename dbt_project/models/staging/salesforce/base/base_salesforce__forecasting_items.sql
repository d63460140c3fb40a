-- Grain: one row per forecast item (type, person or territory, period and category), with the reason to reject it if
-- there is one.
with

source as (
    {{ current_rows(source('landed_salesforce', 'forecasting_items'), ['Id']) }}
),

organizations as (
    {{ organization_currencies() }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Id']) }} as source_key,
        {{ salesforce_id('Id') }} as source_forecast_item_id,
        {{ salesforce_id('ForecastingTypeId') }} as source_forecast_type_id,
        {{ salesforce_id('PeriodId') }} as source_period_id,
        {{ salesforce_id('OwnerId') }} as source_owner_id,
        {{ salesforce_id('Territory2Id') }} as source_territory_id,
        {{ salesforce_id('ParentForecastingItemId') }} as parent_source_forecast_item_id,
        {{ text('ForecastingItemCategory') }} as item_category,
        {{ text('ProductFamily') }} as product_family_name,
        {{ boolean('IsAmount') }} as is_amount,
        {{ amount('OwnerOnlyAmount') }} as amount_own_transaction,
        {{ amount('AmountWithoutAdjustments') }} as amount_rolled_up_transaction,
        {{ amount('ForecastAmount') }} as amount_called_transaction,
        {{ boolean('HasAdjustment') }} as is_adjusted,
        {{ boolean('IsUpToDate') }} as is_up_to_date,
        {{ iso_timestamp('SystemModstamp') }} as calculated_at,
        {{ record_currency() }} as transaction_currency,
        {{ rejection_reason([
            required('Id', salesforce_id('Id')),
            required('ForecastingTypeId', salesforce_id('ForecastingTypeId')),
            required('PeriodId', salesforce_id('PeriodId')),
            required('OwnerId', salesforce_id('OwnerId')),
            castable('Territory2Id', salesforce_id('Territory2Id')),
            castable('ParentForecastingItemId', salesforce_id('ParentForecastingItemId')),
            one_of('ForecastingItemCategory', [
                'PipelineOnly', 'BestCaseOnly', 'MostLikelyOnly', 'CommitOnly', 'ClosedOnly',
                'OpenPipeline', 'BestCaseForecast', 'MostLikelyForecast', 'CommitForecast', 'CustomCategory',
            ]),
            required('IsAmount', boolean('IsAmount')),
            castable('OwnerOnlyAmount', amount('OwnerOnlyAmount')),
            castable('AmountWithoutAdjustments', amount('AmountWithoutAdjustments')),
            castable('ForecastAmount', amount('ForecastAmount')),
            castable('SystemModstamp', iso_timestamp('SystemModstamp')),
            required('CurrencyIsoCode', record_currency()),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
    left join organizations on source.source_instance = organizations.organization_instance
)

select * from final
