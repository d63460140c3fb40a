-- Grain: one row per company, as last landed.
with

source as (
    {{ current_rows(source('landed_business_central', 'company_information'), ['companyId', 'id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['companyId', 'id']) }} as source_key,
        {{ business_central_id('companyId') }} as company_id,
        {{ business_central_id('id') }} as record_id,
        {{ text('displayName') }} as entity_name,
        {{ normalise_code('country') }} as country_code,
        {{ tax_id('taxRegistrationNumber') }} as tax_id,
        {{ normalise_code('currencyCode') }} as currency_code,
        {{ iso_timestamp('lastModifiedDateTime') }} as modified_at,
        {{ rejection_reason([
            required('companyId', business_central_id('companyId')),
            required('id', business_central_id('id')),
            required('displayName'),
            required('lastModifiedDateTime', iso_timestamp('lastModifiedDateTime')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
