-- Grain: one row per pair of parties and first day, as last landed.
with

source as (
    {{ current_rows(
        source('landed_d365_finance', 'party_relationships'),
        ['RelationshipType', 'ParentPartyId', 'ChildPartyId', 'ValidFrom']
    ) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['RelationshipType', 'ParentPartyId', 'ChildPartyId', 'ValidFrom']) }} as source_key,
        {{ text('RelationshipType') }} as relationship_type,
        {{ normalise_code('ParentPartyId') }} as parent_party_number,
        {{ normalise_code('ChildPartyId') }} as child_party_number,
        {{ d365_date('ValidFrom') }} as valid_from,
        {{ d365_date('ValidTo') }} as valid_to,
        {{ rejection_reason([
            required('RelationshipType'),
            required('ParentPartyId'),
            required('ChildPartyId'),
            castable('ValidFrom', iso_timestamp('ValidFrom')),
            castable('ValidTo', iso_timestamp('ValidTo')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
