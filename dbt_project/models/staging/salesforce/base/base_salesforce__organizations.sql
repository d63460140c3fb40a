-- Grain: one row per organisation, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_salesforce', 'organizations'), ['Id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Id']) }} as source_key,
        {{ salesforce_id('Id') }} as source_organization_id,
        {{ text('Name') }} as organization_name,
        {{ whole_number('FiscalYearStartMonth') }} as fiscal_year_start_month,
        {{ normalise_code('currency_iso_code') }} as organization_currency,
        {{ rejection_reason([
            required('Id', salesforce_id('Id')),
            required('FiscalYearStartMonth', whole_number('FiscalYearStartMonth')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
