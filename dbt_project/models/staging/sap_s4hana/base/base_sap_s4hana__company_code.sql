-- Grain: one row per current company code of an instance, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'company_codes'), ['CompanyCode']) }}
),

fiscal_variants as (
    select * from {{ ref('fiscal_variants') }}
),

renamed as (
    select
        source.source_instance,
        source.load_id,
        source.recorded_at,
        {{ natural_key(['source.CompanyCode']) }} as source_key,
        {{ text('source.CompanyCode') }} as source_entity_id,
        {{ text('source.CompanyCodeName') }} as entity_name,
        {{ text('source.CityName') }} as city_name,
        {{ normalise_code('source.Country') }} as country_code,
        {{ normalise_code('source.Currency') }} as local_currency,
        {{ normalise_code('source.ChartOfAccounts') }} as chart_code,
        {{ text('source.FiscalYearVariant') }} as fiscal_variant,
        fiscal_variants.fiscal_calendar,
        {{ text('source.VATRegistration') }} as tax_registration,
        {{ normalise_code('source.ControllingArea') }} as controlling_area_code,
        {{ rejection_reason([
            required('CompanyCode'),
            required('Country'),
            required('Currency'),
            required('ChartOfAccounts'),
            rejected_when('fiscal_variants.fiscal_calendar is null',
                "'FiscalYearVariant has no calendar: ' || coalesce(source.FiscalYearVariant, '')"),
        ]) }} as rejection_reason,
        {{ row_as_json('source') }} as payload
    from source
    left join fiscal_variants on source.FiscalYearVariant = fiscal_variants.fiscal_variant
),

final as (
    select * from renamed
)

select * from final
