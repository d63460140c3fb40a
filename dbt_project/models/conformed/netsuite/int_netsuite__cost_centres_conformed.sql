-- Grain: one row per department. NetSuite keeps no dates of validity: a department is valid from the beginning, and an
-- inactive one until the day of its last change, the only date there is. A department of several subsidiaries has none.
with

departments as (
    select * from {{ ref('stg_netsuite__departments') }}
),

final as (
    select
        source_cost_centre_id,
        cost_centre_name,
        case when source_entity_ids not like '%,%' then source_entity_ids end as source_entity_id,
        cast(null as varchar) as profit_centre_code,
        date '1900-01-01' as valid_from,
        case when is_inactive then cast(modified_at as date) else date '9999-12-31' end as valid_to,
        source_instance,
        load_id,
        recorded_at
    from departments
)

select * from final
