-- Grain: one row per account of a company, as last landed.
with

source as (
    {{ current_rows(source('landed_business_central', 'accounts'), ['companyId', 'id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['companyId', 'id']) }} as source_key,
        {{ business_central_id('companyId') }} as company_id,
        {{ business_central_id('id') }} as record_id,
        {{ normalise_code('number') }} as account_number,
        {{ text('displayName') }} as account_name,
        {{ business_central_option('category') }} as account_category,
        {{ text('subCategory') }} as account_subcategory,
        {{ boolean('blocked') }} as is_blocked,
        {{ business_central_option('accountType') }} as account_type,
        {{ iso_timestamp('lastModifiedDateTime') }} as modified_at,
        {{ rejection_reason([
            required('companyId', business_central_id('companyId')),
            required('id', business_central_id('id')),
            required('number'),
            castable('blocked', boolean('blocked')),
            required('accountType', business_central_option('accountType')),
            required('lastModifiedDateTime', iso_timestamp('lastModifiedDateTime')),
            rejected_when(business_central_option('accountType') ~ " = 'Posting' and " ~ business_central_option('category') ~ ' is null',
                          "'category is missing: nothing else says whether the balance carries over the year end'"),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
