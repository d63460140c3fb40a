-- Grain: one row per legal entity of the group, as the ERP that keeps its books describes it. An entity whose books go
-- by another code today stays, because its history does.
with

owned_entities as (
    select * from {{ ref('all_entities') }}
),

entity_crosswalk as (
    select * from {{ ref('entity_crosswalk') }} as entity_crosswalk
    where is_owned and is_kept is not false and valid_from <= {{ as_of_date() }}
),

described as (
    select
        entity_crosswalk.entity_id,
        entity_crosswalk.entity_code,
        owned_entities.*,
        {{ is_valid_on(as_of_date(), 'entity_crosswalk') }} as is_current,
        row_number() over (
            partition by entity_crosswalk.entity_code
            order by
                entity_crosswalk.valid_to desc,
                entity_crosswalk.source_instance asc,
                entity_crosswalk.source_entity_id asc
        ) as recency
    from entity_crosswalk
    inner join owned_entities
        on
            entity_crosswalk.source_instance = owned_entities.source_instance
            and entity_crosswalk.source_entity_id = owned_entities.source_entity_id
),

final as (
    select
        entity_id,
        entity_code,
        entity_name,
        country_code,
        local_currency,
        fiscal_calendar,
        chart_code,
        source_instance,
        source_entity_id,
        load_id,
        recorded_at
    from described
    -- Two current rows of one code would be two companies merged by accident: the unique test stops them.
    where is_current or recency = 1
)

select * from final
