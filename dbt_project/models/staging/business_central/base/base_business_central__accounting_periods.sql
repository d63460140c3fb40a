-- Grain: one row per accounting period of a company, as last landed.
with

source as (
    {{ current_rows(source('landed_business_central', 'accounting_periods'), ['companyId', 'id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['companyId', 'id']) }} as source_key,
        {{ business_central_id('companyId') }} as company_id,
        {{ business_central_id('id') }} as record_id,
        {{ business_central_date('startingDate') }} as period_start_date,
        {{ boolean('newFiscalYear') }} as is_new_fiscal_year,
        {{ boolean('closed') }} as is_closed,
        {{ iso_timestamp('lastModifiedDateTime') }} as modified_at,
        {{ rejection_reason([
            required('companyId', business_central_id('companyId')),
            required('id', business_central_id('id')),
            required('startingDate', business_central_date('startingDate')),
            required('newFiscalYear', boolean('newFiscalYear')),
            castable('closed', boolean('closed')),
            required('lastModifiedDateTime', iso_timestamp('lastModifiedDateTime')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
