-- Grain: one row per dimension of an entry, as last landed.
-- All dimensions of an entry are landed whenever it changes, with the moment of its change; one with an older moment was
-- taken out.
with

source as (
    {{ current_rows(source('landed_business_central', 'general_ledger_entry_dimensions'), [
        'companyId', 'parentId', 'id'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['companyId', 'parentId', 'id']) }} as source_key,
        {{ business_central_id('companyId') }} as company_id,
        {{ business_central_id('parentId') }} as entry_id,
        {{ business_central_id('id') }} as dimension_id,
        {{ normalise_code('code') }} as dimension_code,
        {{ normalise_code('valueCode') }} as value_code,
        {{ text('displayName') }} as dimension_name,
        {{ text('valueDisplayName') }} as value_name,
        {{ iso_timestamp('lastModifiedDateTime') }} as modified_at,
        {{ rejection_reason([
            required('companyId', business_central_id('companyId')),
            required('parentId', business_central_id('parentId')),
            required('id', business_central_id('id')),
            required('code'),
            required('valueCode'),
            required('lastModifiedDateTime', iso_timestamp('lastModifiedDateTime')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
