-- Grain: one row per quota, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_salesforce', 'forecasting_quotas'), ['Id']) }}
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
        {{ salesforce_id('Id') }} as source_quota_id,
        {{ salesforce_id('ForecastingTypeId') }} as source_forecast_type_id,
        {{ salesforce_id('PeriodId') }} as source_period_id,
        {{ salesforce_id('QuotaOwnerId') }} as source_owner_id,
        {{ salesforce_id('Territory2Id') }} as source_territory_id,
        {{ text('ProductFamily') }} as product_family_name,
        {{ iso_date('StartDate') }} as start_date,
        {{ boolean('IsAmount') }} as is_amount,
        {{ amount('QuotaAmount') }} as amount_transaction,
        {{ record_currency() }} as transaction_currency,
        {{ rejection_reason([
            required('Id', salesforce_id('Id')),
            required('ForecastingTypeId', salesforce_id('ForecastingTypeId')),
            required('PeriodId', salesforce_id('PeriodId')),
            required('QuotaOwnerId', salesforce_id('QuotaOwnerId')),
            castable('Territory2Id', salesforce_id('Territory2Id')),
            required('StartDate', iso_date('StartDate')),
            required('IsAmount', boolean('IsAmount')),
            castable('QuotaAmount', amount('QuotaAmount')),
            rejected_when(boolean('IsAmount') ~ ' and ' ~ amount('QuotaAmount') ~ ' is null', "'QuotaAmount is missing'"),
            required('CurrencyIsoCode', record_currency()),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
    left join organizations on source.source_instance = organizations.organization_instance
)

select * from final
