-- Grain: one row per sales territory.
with

territories as (
    select * from {{ ref('stg_salesforce__territories') }}
),

final as (
    select
        source_territory_id,
        territory_name,
        parent_source_territory_id,
        source_instance,
        load_id,
        recorded_at
    from territories
)

select * from final
