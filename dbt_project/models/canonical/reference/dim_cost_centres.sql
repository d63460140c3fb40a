-- Grain: one row per cost centre and validity, cut where the group's code for it changes. A closed cost centre keeps its
-- slices, so old postings find it. The entity is that of the as-of date.
with

cost_centres as (
    select * from {{ ref('all_cost_centres') }}
),

entity_crosswalk as (
    select * from {{ ref('entity_crosswalk') }} as entity_crosswalk
    where {{ is_valid_on(as_of_date(), 'entity_crosswalk') }}
),

cost_centre_mappings as (
    select * from {{ ref('map_cost_centres') }}
),

slice_starts as (
    select
        source_instance,
        source_cost_centre_id,
        valid_from as first_day,
        valid_from
    from cost_centres
    {%- for changed_date in ['valid_from', 'valid_to'] %}
    union
    select
        cost_centres.source_instance,
        cost_centres.source_cost_centre_id,
        cost_centres.valid_from as first_day,
        cost_centre_mappings.{{ changed_date }}
    from cost_centres
    inner join cost_centre_mappings
        on
            cost_centres.source_instance = cost_centre_mappings.source_instance
            and cost_centres.source_cost_centre_id = cost_centre_mappings.source_cost_centre_id
            and cost_centres.valid_from < cost_centre_mappings.{{ changed_date }}
            and cost_centres.valid_to > cost_centre_mappings.{{ changed_date }}
    {%- endfor %}
),

slices as (
    select
        cost_centres.* replace (
            slice_starts.valid_from as valid_from,
            coalesce(
                lead(slice_starts.valid_from) over (
                    partition by
                        cost_centres.source_instance, cost_centres.source_cost_centre_id, cost_centres.valid_from
                    order by slice_starts.valid_from
                ), cost_centres.valid_to
            ) as valid_to
        )
    from cost_centres
    inner join slice_starts
        on
            cost_centres.source_instance = slice_starts.source_instance
            and cost_centres.source_cost_centre_id = slice_starts.source_cost_centre_id
            and cost_centres.valid_from = slice_starts.first_day
),

final as (
    select
        {{ surrogate_key(['slices.source_instance', 'slices.source_cost_centre_id']) }} as cost_centre_id,
        slices.source_instance,
        slices.source_cost_centre_id,
        slices.valid_from,
        slices.valid_to,
        slices.cost_centre_name,
        {{ entity_columns('slices.source_entity_id') }},
        slices.profit_centre_code,
        -- A cost centre that the company does not rename keeps its own code in the group.
        coalesce(cost_centre_mappings.group_cost_centre_code, slices.source_cost_centre_id) as group_cost_centre_code,
        cost_centre_mappings.group_cost_centre_code is not null as is_mapped,
        slices.load_id,
        slices.recorded_at
    from slices
    left join entity_crosswalk
        on
            slices.source_instance = entity_crosswalk.source_instance
            and slices.source_entity_id = entity_crosswalk.source_entity_id
    left join cost_centre_mappings
        on
            slices.source_instance = cost_centre_mappings.source_instance
            and slices.source_cost_centre_id = cost_centre_mappings.source_cost_centre_id
            and {{ is_valid_on('slices.valid_from', 'cost_centre_mappings') }}
)

select * from final
