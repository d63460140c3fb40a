-- Grain: one row per legal entity.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'legal_entities'), ['LegalEntityLegalEntityId']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['LegalEntityLegalEntityId']) }} as source_key,
        {{ text('LegalEntityLegalEntityId') }} as legal_entity_id,
        {{ normalise_code('LegalEntityLegalEntityIdentifier') }} as legal_entity_identifier,
        {{ text('LegalEntityName') }} as legal_entity_name,
        {{ text('LegalEntityPartyId') }} as party_id,
        {{ fusion_flag('LegalEntityTransactingEntityFlag') }} as is_transacting,
        {{ rejection_reason([
            required('LegalEntityLegalEntityId'),
            required('LegalEntityLegalEntityIdentifier'),
            required('LegalEntityName'),
            castable('LegalEntityTransactingEntityFlag', fusion_flag('LegalEntityTransactingEntityFlag')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
