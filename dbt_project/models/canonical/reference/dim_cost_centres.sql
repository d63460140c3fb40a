-- Grain: one row per cost centre and validity. A closed cost centre keeps its slices, so old postings find it.
with

cost_centres as (
    select * from {{ ref('all_cost_centres') }}
),

entity_crosswalk as (
    select * from {{ ref('entity_crosswalk') }}
),

cost_centre_mappings as (
    select * from {{ ref('map_cost_centres') }}
),

final as (
    select
        {{ surrogate_key(['cost_centres.source_instance', 'cost_centres.source_cost_centre_id']) }} as cost_centre_id,
        cost_centres.source_instance,
        cost_centres.source_cost_centre_id,
        cost_centres.valid_from,
        cost_centres.valid_to,
        cost_centres.cost_centre_name,
        entity_crosswalk.entity_id,
        entity_crosswalk.entity_code,
        cost_centres.profit_centre_code,
        -- A cost centre that the company does not rename keeps its own code in the group.
        coalesce(
            cost_centre_mappings.group_cost_centre_code, cost_centres.source_cost_centre_id
        ) as group_cost_centre_code,
        cost_centre_mappings.group_cost_centre_code is not null as is_mapped,
        cost_centres.load_id,
        cost_centres.recorded_at
    from cost_centres
    left join entity_crosswalk
        on
            cost_centres.source_instance = entity_crosswalk.source_instance
            and cost_centres.source_entity_id = entity_crosswalk.source_entity_id
    left join cost_centre_mappings
        on
            cost_centres.source_instance = cost_centre_mappings.source_instance
            and cost_centres.source_cost_centre_id = cost_centre_mappings.source_cost_centre_id
            and {{ is_valid_on(as_of_date(), 'cost_centre_mappings') }}
)

select * from final
