-- Grain: one row per territory of an instance and validity; approved rows only.
with

territories as (
    {{ approved_rows('territories') }}
),

final as (
    select
        trim(source_instance) as source_instance,
        {{ mapped_id('source_territory_id') }} as source_territory_id,
        trim(source_entity_id) as source_entity_id,
        {{ decision_columns() }}
    from territories
)

select * from final
