-- Grain: one row per posting date of a company, as last landed.
with

source as (
    {{ current_rows(source('landed_business_central', 'ledger_debit_totals'), ['companyId', 'postingDate']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['companyId', 'postingDate']) }} as source_key,
        {{ business_central_id('companyId') }} as company_id,
        {{ business_central_date('postingDate') }} as posting_date,
        {{ amount('amount') }} as amount_local,
        {{ whole_number('lineCount') }} as line_count,
        {{ rejection_reason([
            required('companyId', business_central_id('companyId')),
            required('postingDate', business_central_date('postingDate')),
            required('amount', amount('amount')),
            required('lineCount', whole_number('lineCount')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
