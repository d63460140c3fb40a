-- Grain: one row per entity of an instance and validity; approved rows only.
with

entities as (
    {{ approved_rows('entities') }}
),

final as (
    select
        trim(source_instance) as source_instance,
        trim(source_entity_id) as source_entity_id,
        trim(entity_code) as entity_code,
        {{ decision_columns() }}
    from entities
)

select * from final
