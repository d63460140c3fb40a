-- Grain: one row per vendor of a company, as last landed.
with

source as (
    {{ current_rows(source('landed_business_central', 'vendors'), ['companyId', 'id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['companyId', 'id']) }} as source_key,
        {{ business_central_id('companyId') }} as company_id,
        {{ business_central_id('id') }} as record_id,
        {{ normalise_code('number') }} as supplier_number,
        {{ text('displayName') }} as supplier_name,
        {{ normalise_code('country') }} as country_code,
        {{ tax_id('taxRegistrationNumber') }} as tax_id,
        {{ normalise_code('currencyCode') }} as currency_code,
        {{ business_central_option('blocked') }} as blocked_for,
        {{ iso_timestamp('lastModifiedDateTime') }} as modified_at,
        {{ rejection_reason([
            required('companyId', business_central_id('companyId')),
            required('id', business_central_id('id')),
            required('number'),
            required('lastModifiedDateTime', iso_timestamp('lastModifiedDateTime')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
