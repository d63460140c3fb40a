-- Grain: one row per gap in a mapping and key of the mapping that closes it, as `finance mappings propose` takes it. A
-- stage is mapped by record type, so one gap of a stage may have several keys; those of other gaps are the gap's own.
-- Deals without a record type are mapped by the row of all others ('*').
with

mapping_gaps as (select * from {{ ref('fct_mapping_gaps') }}),

opportunities as (select * from {{ ref('fct_opportunities') }}),

stage_keys as (
    select
        'unmapped_stage' as exception_type,
        {{ natural_key(['source_instance', 'stage_name']) }} as natural_key,
        {{ natural_key(['source_instance', "coalesce(record_type, '*')", 'stage_name']) }} as mapping_key,
        source_instance,
        sum(amount_group) as amount_group
    from opportunities
    where not is_stage_mapped and (is_won or not is_closed) and not is_deleted
    group by source_instance, stage_name, record_type
),

final as (
    select distinct
        exception_type,
        natural_key,
        natural_key as mapping_key,
        source_instance,
        cast(null as {{ type_amount() }}) as amount_group
    from mapping_gaps
    where exception_type in ('unmapped_account', 'unmapped_product', 'unmapped_cost_centre', 'unmapped_territory')
    union all
    select
        exception_type,
        natural_key,
        mapping_key,
        source_instance,
        cast(amount_group as {{ type_amount() }}) as amount_group
    from stage_keys
)

select * from final
