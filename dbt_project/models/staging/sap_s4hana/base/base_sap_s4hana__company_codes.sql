-- Grain: one row per company code, current version.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'company_codes'), ['CompanyCode']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['CompanyCode']) }} as source_key,
        {{ text('CompanyCode') }} as source_entity_id,
        {{ text('CompanyCodeName') }} as entity_name,
        {{ text('CityName') }} as city_name,
        {{ normalise_code('Country') }} as country_code,
        {{ normalise_code('Currency') }} as local_currency,
        {{ normalise_code('Language') }} as language_code,
        {{ normalise_code('ChartOfAccounts') }} as chart_code,
        {{ normalise_code('FiscalYearVariant') }} as fiscal_variant,
        {{ normalise_code('Company') }} as company_code,
        {{ text('VATRegistration') }} as vat_registration,
        {{ normalise_code('ControllingArea') }} as controlling_area_code,
        {{ rejection_reason([
            required('CompanyCode'),
            required('Country'),
            required('Currency'),
            required('ChartOfAccounts'),
            required('FiscalYearVariant'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
