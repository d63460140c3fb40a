-- Grain: one row per organization.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'parties'), ['PartyId']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['PartyId']) }} as source_key,
        {{ text('PartyId') }} as party_id,
        {{ text('PartyNumber') }} as party_number,
        {{ text('OrganizationName') }} as party_name,
        {{ normalise_code('Country') }} as country_code,
        {{ tax_id('TaxpayerIdentificationNumber') }} as tax_id,
        {{ internet_domain('EmailAddress') }} as email_domain,
        {{ text('Status') }} as status_code,
        {{ rejection_reason([
            required('PartyId'),
            required('OrganizationName'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
