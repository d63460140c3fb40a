-- Grain: one row per item of a company, as last landed.
with

source as (
    {{ current_rows(source('landed_business_central', 'items'), ['companyId', 'id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['companyId', 'id']) }} as source_key,
        {{ business_central_id('companyId') }} as company_id,
        {{ business_central_id('id') }} as record_id,
        {{ normalise_code('number') }} as product_code,
        {{ text('displayName') }} as product_name,
        {{ business_central_option('type') }} as item_type,
        {{ normalise_code('itemCategoryCode') }} as item_category_code,
        {{ boolean('blocked') }} as is_blocked,
        {{ iso_timestamp('lastModifiedDateTime') }} as modified_at,
        {{ rejection_reason([
            required('companyId', business_central_id('companyId')),
            required('id', business_central_id('id')),
            required('number'),
            castable('blocked', boolean('blocked')),
            required('lastModifiedDateTime', iso_timestamp('lastModifiedDateTime')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
