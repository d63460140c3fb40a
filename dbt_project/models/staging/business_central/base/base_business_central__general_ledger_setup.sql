-- Grain: one row per company, as last landed.
with

source as (
    {{ current_rows(source('landed_business_central', 'general_ledger_setup'), ['companyId', 'id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['companyId', 'id']) }} as source_key,
        {{ business_central_id('companyId') }} as company_id,
        {{ business_central_id('id') }} as record_id,
        {{ normalise_code('localCurrencyCode') }} as local_currency,
        {{ normalise_code('additionalReportingCurrency') }} as additional_currency,
        {{ normalise_code('shortcutDimension1Code') }} as cost_centre_dimension,
        {{ normalise_code('shortcutDimension2Code') }} as profit_centre_dimension,
        {{ iso_timestamp('lastModifiedDateTime') }} as modified_at,
        {{ rejection_reason([
            required('companyId', business_central_id('companyId')),
            required('id', business_central_id('id')),
            required('localCurrencyCode'),
            required('lastModifiedDateTime', iso_timestamp('lastModifiedDateTime')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
