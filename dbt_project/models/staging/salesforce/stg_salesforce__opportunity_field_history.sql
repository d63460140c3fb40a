-- Grain: one row per change of a field of an opportunity.
with

base as (
    select * from {{ ref('base_salesforce__opportunity_field_history') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_change_id,
        source_opportunity_id,
        source_field_name,
        field_name,
        old_value,
        new_value,
        changed_at
    from base
    where rejection_reason is null
)

select * from final
