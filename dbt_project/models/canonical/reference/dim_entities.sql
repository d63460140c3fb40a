-- Grain: one row per legal entity of the group, as the ERP that keeps its books describes it.
with

owned_entities as (
    select * from {{ ref('all_entities') }}
),

entity_crosswalk as (
    select * from {{ ref('entity_crosswalk') }}
),

final as (
    select
        entity_crosswalk.entity_id,
        entity_crosswalk.entity_code,
        owned_entities.entity_name,
        owned_entities.country_code,
        owned_entities.local_currency,
        owned_entities.fiscal_calendar,
        owned_entities.chart_code,
        owned_entities.source_instance,
        owned_entities.source_entity_id,
        owned_entities.load_id,
        owned_entities.recorded_at
    from owned_entities
    left join entity_crosswalk
        on
            owned_entities.source_instance = entity_crosswalk.source_instance
            and owned_entities.source_entity_id = entity_crosswalk.source_entity_id
)

select * from final
