-- Grain: one row per value of the dimension whose values are cost centres of the organisation, totals left out. All legal
-- entities share them. The last day on which one may be posted to is its own; a suspended one without a last day has no
-- date that could end it.
with

dimensions as (
    select * from {{ ref('stg_d365_finance__dimension_attributes') }}
    where view_name = 'DimAttributeOMCostCenter'
),

dimension_values as (
    select * from {{ ref('stg_d365_finance__dimension_values') }}
    where not is_total
),

final as (
    select
        dimension_values.value_code as source_cost_centre_id,
        coalesce(dimension_values.value_name, dimension_values.value_code) as cost_centre_name,
        nullif(dimension_values.source_entity_id, '*') as source_entity_id,
        cast(null as varchar) as profit_centre_code,
        coalesce(dimension_values.active_from, date '1900-01-01') as valid_from,
        coalesce({{ days_after('dimension_values.active_to', '1') }}, date '9999-12-31') as valid_to,
        dimension_values.source_instance,
        dimension_values.load_id,
        dimension_values.recorded_at
    from dimension_values
    inner join dimensions
        on
            dimension_values.source_instance = dimensions.source_instance
            and dimension_values.dimension_code = dimensions.dimension_code
)

select * from final
