-- Grain: one row per instance, entity id that an ERP keeps books for or the company maps, and period of validity; the
-- slices of an id cover all time without gap or overlap. A fact takes the slice of its date.
-- decided_by: mapped (the company's mapping), own (the ERP that keeps its books calls it so), as_written (mapped on other
-- days, not on these), moved (on these days another ERP keeps the books: the entity moved from there, or there, and what is
-- dated so is no movement of the entity). An id that is not here means the entity of that code.
with

owned_entities as (
    select * from {{ ref('all_entities') }}
),

entity_mappings as (
    select * from {{ ref('map_entities') }}
),

known_ids as (
    select
        source_instance,
        source_entity_id
    from owned_entities
    union
    select
        source_instance,
        source_entity_id
    from entity_mappings
),

cut_overs as (
    select * from {{ ref('entity_cut_overs') }}
),

-- The days before the books came to an instance, and those after they left one.
moved as (
    select
        to_source_instance as source_instance,
        to_source_entity_id as source_entity_id,
        entity_code,
        {{ open_start() }} as valid_from,
        cut_over_date as valid_to
    from cut_overs
    union all
    select
        from_source_instance as source_instance,
        from_source_entity_id as source_entity_id,
        entity_code,
        cut_over_date as valid_from,
        {{ open_end() }} as valid_to
    from cut_overs
),

slices as (
    {{ validity_slices('known_ids', ['source_instance', 'source_entity_id'], ['entity_mappings']) }}
),

decided as (
    select
        slices.*,
        coalesce(entity_mappings.entity_code, moved.entity_code, slices.source_entity_id) as entity_code,
        owned_entities.source_entity_id is not null as is_owned,
        case
            when entity_mappings.entity_code is not null then 'mapped'
            when moved.entity_code is not null then 'moved'
            when owned_entities.source_entity_id is not null then 'own'
            else 'as_written'
        end as decided_by
    from slices
    left join entity_mappings
        on
            slices.source_instance = entity_mappings.source_instance
            and slices.source_entity_id = entity_mappings.source_entity_id
            and {{ is_valid_on('slices.valid_from', 'entity_mappings') }}
    left join moved
        on
            slices.source_instance = moved.source_instance
            and slices.source_entity_id = moved.source_entity_id
            and {{ is_valid_on('slices.valid_from', 'moved') }}
    left join owned_entities
        on
            slices.source_instance = owned_entities.source_instance
            and slices.source_entity_id = owned_entities.source_entity_id
),

final as (
    select
        source_instance,
        source_entity_id,
        valid_from,
        valid_to,
        {{ surrogate_key(['entity_code']) }} as entity_id,
        entity_code,
        is_owned,
        decided_by <> 'moved' as is_kept,
        decided_by
    from decided
)

select * from final
