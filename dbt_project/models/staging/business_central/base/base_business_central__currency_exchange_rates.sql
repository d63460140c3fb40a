-- Grain: one row per currency and starting date of a company, as last landed.
with

source as (
    {{ current_rows(source('landed_business_central', 'currency_exchange_rates'), ['companyId', 'id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['companyId', 'id']) }} as source_key,
        {{ business_central_id('companyId') }} as company_id,
        {{ business_central_id('id') }} as record_id,
        {{ normalise_code('currencyCode') }} as currency_code,
        {{ business_central_date('startingDate') }} as valid_from,
        {{ rate('exchangeRateAmount') }} as exchange_rate_amount,
        {{ normalise_code('relationalCurrencyCode') }} as relational_currency_code,
        {{ rate('relationalExchangeRateAmount') }} as relational_exchange_rate_amount,
        {{ iso_timestamp('lastModifiedDateTime') }} as modified_at,
        {{ rejection_reason([
            required('companyId', business_central_id('companyId')),
            required('id', business_central_id('id')),
            required('currencyCode'),
            required('startingDate', business_central_date('startingDate')),
            required('exchangeRateAmount', rate('exchangeRateAmount')),
            required('relationalExchangeRateAmount', rate('relationalExchangeRateAmount')),
            required('lastModifiedDateTime', iso_timestamp('lastModifiedDateTime')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
