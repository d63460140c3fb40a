-- Grain: one row per value of a cost centre segment. Values are shared by all companies of a chart. One that was switched
-- off without an end counts as closed from its last change on, the only date there is.
with

value_set_values as (
    select * from {{ ref('stg_oracle_fusion__value_set_values') }}
    where value_code <> '0'
),

cost_centre_value_sets as (
    select distinct
        source_instance,
        cost_centre_value_set
    from {{ ref('int_oracle_fusion__charts') }}
),

final as (
    select
        value_set_values.value_code as source_cost_centre_id,
        coalesce(value_set_values.value_name, value_set_values.value_code) as cost_centre_name,
        cast(null as varchar) as source_entity_id,
        cast(null as varchar) as profit_centre_code,
        coalesce(value_set_values.valid_from, date '1900-01-01') as valid_from,
        coalesce(
            value_set_values.valid_to,
            case when not value_set_values.is_enabled then cast(value_set_values.modified_at as date) end,
            date '9999-12-31'
        ) as valid_to,
        value_set_values.source_instance,
        value_set_values.load_id,
        value_set_values.recorded_at
    from value_set_values
    inner join cost_centre_value_sets
        on
            value_set_values.source_instance = cost_centre_value_sets.source_instance
            and value_set_values.value_set_code = cost_centre_value_sets.cost_centre_value_set
)

select * from final
