-- Grain: one row per territory and territory that holds it, itself included, with the days on which both are in force.
-- union without all: a pair found twice ends the walk, so a cycle does.
with recursive

territories as (
    select * from {{ ref('dim_territories') }}
),

ancestors as (
    select
        territory_id,
        territory_id as ancestor_territory_id
    from territories
    union
    select
        ancestors.territory_id,
        territories.parent_territory_id as ancestor_territory_id
    from ancestors
    inner join territories on ancestors.ancestor_territory_id = territories.territory_id
    where territories.parent_territory_id is not null
),

final as (
    select
        ancestors.territory_id,
        ancestors.ancestor_territory_id,
        greatest(territories.valid_from, holders.valid_from) as valid_from,
        least(territories.valid_to, holders.valid_to) as valid_to,
        territories.source_instance,
        territories.load_id,
        territories.recorded_at
    from ancestors
    inner join territories on ancestors.territory_id = territories.territory_id
    inner join territories as holders on ancestors.ancestor_territory_id = holders.territory_id
    where greatest(territories.valid_from, holders.valid_from) < least(territories.valid_to, holders.valid_to)
)

select * from final
