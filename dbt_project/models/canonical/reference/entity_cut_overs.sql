-- Grain: one row per legal entity that moved from one ERP to another: its books are in the one until the day before
-- cut_over_date, and in the other from then on. It is said by the dated mapping alone: of two ids that ERPs keep books for,
-- one stops to mean the entity on the day on which the other begins to. An entity moves once.
with

owned_entities as (
    select * from {{ ref('all_entities') }}
),

mapped_books as (
    select
        entity_mappings.entity_code,
        entity_mappings.source_instance,
        entity_mappings.source_entity_id,
        entity_mappings.valid_from,
        entity_mappings.valid_to
    from {{ ref('map_entities') }} as entity_mappings
    inner join owned_entities
        on
            entity_mappings.source_instance = owned_entities.source_instance
            and entity_mappings.source_entity_id = owned_entities.source_entity_id
),

final as (
    select
        {{ surrogate_key(['left_books.entity_code']) }} as entity_id,
        left_books.entity_code,
        new_books.valid_from as cut_over_date,
        left_books.source_instance as from_source_instance,
        left_books.source_entity_id as from_source_entity_id,
        new_books.source_instance as to_source_instance,
        new_books.source_entity_id as to_source_entity_id
    from mapped_books as left_books
    inner join mapped_books as new_books
        on
            left_books.entity_code = new_books.entity_code
            and left_books.valid_to = new_books.valid_from
            and left_books.source_instance <> new_books.source_instance
)

select * from final
