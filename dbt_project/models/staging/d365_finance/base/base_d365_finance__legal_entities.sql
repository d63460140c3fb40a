-- Grain: one row per legal entity, as last landed.
with

source as (
    {{ current_rows(source('landed_d365_finance', 'legal_entities'), ['LegalEntityId']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['LegalEntityId']) }} as source_key,
        {{ normalise_code('LegalEntityId') }} as source_entity_id,
        {{ text('Name') }} as entity_name,
        {{ normalise_code('PartyNumber') }} as party_number,
        {{ normalise_code('AddressCountryRegionISOCode') }} as country_code,
        {{ rejection_reason([
            required('LegalEntityId'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
