-- Grain: one row per business partner and address, current version.
with

source as (
    {{ current_rows(source('landed_sap_s4hana', 'business_partner_addresses'), [
        'BusinessPartner', 'AddressID'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['BusinessPartner', 'AddressID']) }} as source_key,
        {{ normalise_code('BusinessPartner') }} as business_partner_code,
        {{ normalise_code('AddressID') }} as address_code,
        {{ text('CityName') }} as city_name,
        {{ normalise_code('Country') }} as country_code,
        {{ text('PostalCode') }} as postal_code,
        {{ rejection_reason([
            required('BusinessPartner'),
            required('AddressID'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
