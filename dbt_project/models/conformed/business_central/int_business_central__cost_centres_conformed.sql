-- Grain: one row per value of a company's first global dimension. Values have no dates of validity: one is valid from
-- the beginning, and a blocked one until the day of its last change, the only date there is.
with

dimension_values as (
    select * from {{ ref('stg_business_central__dimension_values') }}
),

companies as (
    select * from {{ ref('int_business_central__companies') }}
),

final as (
    select
        {{ business_central_record('companies.source_entity_id', 'dimension_values.value_code') }}
            as source_cost_centre_id,
        dimension_values.value_name as cost_centre_name,
        companies.source_entity_id,
        cast(null as varchar) as profit_centre_code,
        date '1900-01-01' as valid_from,
        case
            when dimension_values.is_blocked then cast(dimension_values.modified_at as date)
            else date '9999-12-31'
        end as valid_to,
        dimension_values.source_instance,
        dimension_values.load_id,
        dimension_values.recorded_at
    from dimension_values
    inner join companies
        on
            dimension_values.source_instance = companies.source_instance
            and dimension_values.company_id = companies.company_id
            and dimension_values.dimension_code = companies.cost_centre_dimension
)

select * from final
