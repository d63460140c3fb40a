-- Grain: one row per territory.
with

base as (
    select * from {{ ref('base_salesforce__territories') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_territory_id,
        territory_name,
        parent_source_territory_id
    from base
    where rejection_reason is null
)

select * from final
