-- Grain: one row per vendor of a legal entity, as last landed.
with

source as (
    {{ current_rows(source('landed_d365_finance', 'vendors'), ['dataAreaId', 'VendorAccountNumber']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['dataAreaId', 'VendorAccountNumber']) }} as source_key,
        {{ normalise_code('dataAreaId') }} as source_entity_id,
        {{ normalise_code('VendorAccountNumber') }} as vendor_number,
        {{ normalise_code('VendorPartyNumber') }} as party_number,
        {{ text('VendorOrganizationName') }} as vendor_name,
        {{ text('VendorSearchName') }} as vendor_alias,
        {{ normalise_code('VendorGroupId') }} as vendor_group,
        {{ normalise_code('AddressCountryRegionISOCode') }} as country_code,
        {{ tax_id('TaxExemptNumber') }} as tax_id,
        {{ normalise_code('CurrencyCode') }} as currency_code,
        {{ d365_enum('OnHoldStatus', {}) }} as on_hold_for,
        {{ rejection_reason([
            required('dataAreaId'),
            required('VendorAccountNumber'),
            castable('OnHoldStatus', d365_enum('OnHoldStatus', {})),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
