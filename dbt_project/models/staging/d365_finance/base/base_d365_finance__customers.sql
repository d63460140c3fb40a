-- Grain: one row per customer of a legal entity, as last landed.
with

source as (
    {{ current_rows(source('landed_d365_finance', 'customers'), ['dataAreaId', 'CustomerAccount']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['dataAreaId', 'CustomerAccount']) }} as source_key,
        {{ normalise_code('dataAreaId') }} as source_entity_id,
        {{ normalise_code('CustomerAccount') }} as customer_number,
        {{ normalise_code('PartyNumber') }} as party_number,
        {{ text('OrganizationName') }} as customer_name,
        {{ text('NameAlias') }} as customer_alias,
        {{ normalise_code('CustomerGroupId') }} as customer_group,
        {{ normalise_code('AddressCountryRegionISOCode') }} as country_code,
        {{ internet_domain('PrimaryContactEmail') }} as email_domain,
        {{ internet_domain('PrimaryContactURL') }} as website_domain,
        {{ tax_id('TaxExemptNumber') }} as tax_id,
        {{ normalise_code('SalesCurrencyCode') }} as currency_code,
        {{ d365_enum('OnHoldStatus', {}) }} as on_hold_for,
        {{ rejection_reason([
            required('dataAreaId'),
            required('CustomerAccount'),
            castable('OnHoldStatus', d365_enum('OnHoldStatus', {})),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
