-- Grain: one row per customer posting group of a company, as last landed.
with

source as (
    {{ current_rows(source('landed_business_central', 'customer_posting_groups'), ['companyId', 'id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['companyId', 'id']) }} as source_key,
        {{ business_central_id('companyId') }} as company_id,
        {{ business_central_id('id') }} as record_id,
        {{ normalise_code('code') }} as posting_group_code,
        {{ normalise_code('receivablesAccount') }} as account_number,
        {{ rejection_reason([
            required('companyId', business_central_id('companyId')),
            required('id', business_central_id('id')),
            required('code'),
            required('receivablesAccount'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
