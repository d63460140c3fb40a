-- Grain: one row per value of a dimension of a company, as last landed.
with

source as (
    {{ current_rows(source('landed_business_central', 'dimension_values'), ['companyId', 'id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['companyId', 'id']) }} as source_key,
        {{ business_central_id('companyId') }} as company_id,
        {{ business_central_id('id') }} as record_id,
        {{ normalise_code('dimensionCode') }} as dimension_code,
        {{ normalise_code('code') }} as value_code,
        {{ text('displayName') }} as value_name,
        {{ boolean('blocked') }} as is_blocked,
        {{ iso_timestamp('lastModifiedDateTime') }} as modified_at,
        {{ rejection_reason([
            required('companyId', business_central_id('companyId')),
            required('id', business_central_id('id')),
            required('dimensionCode'),
            required('code'),
            required('blocked', boolean('blocked')),
            required('lastModifiedDateTime', iso_timestamp('lastModifiedDateTime')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
