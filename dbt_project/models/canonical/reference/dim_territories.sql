-- Grain: one row per sales territory that is or was in force, with the entity it sells for on the as-of date.
with

territories as (
    select * from {{ ref('all_territories') }}
),

territory_mappings as (
    select * from {{ ref('map_territories') }}
),

entity_crosswalk as (
    select * from {{ ref('entity_crosswalk') }} as entity_crosswalk
    where {{ is_valid_on(as_of_date(), 'entity_crosswalk') }}
),

final as (
    select
        {{ surrogate_key(['territories.source_instance', 'territories.source_territory_id']) }} as territory_id,
        territories.source_instance,
        territories.source_territory_id,
        territories.territory_name,
        case
            when territories.parent_source_territory_id is not null
                then {{ surrogate_key(['territories.source_instance', 'territories.parent_source_territory_id']) }}
        end as parent_territory_id,
        territories.source_owner_id,
        territories.valid_from,
        territories.valid_to,
        {{ is_valid_on(as_of_date(), 'territories') }} as is_in_force,
        {{ entity_columns('territory_mappings.source_entity_id') }},
        territory_mappings.source_entity_id is not null as is_mapped,
        territories.load_id,
        territories.recorded_at
    from territories
    left join territory_mappings
        on
            territories.source_instance = territory_mappings.source_instance
            and territories.source_territory_id = territory_mappings.source_territory_id
            and {{ is_valid_on(as_of_date(), 'territory_mappings') }}
    left join entity_crosswalk
        on
            territory_mappings.source_instance = entity_crosswalk.source_instance
            and territory_mappings.source_entity_id = entity_crosswalk.source_entity_id
)

select * from final
