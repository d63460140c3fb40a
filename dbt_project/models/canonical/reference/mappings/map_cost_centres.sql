-- Grain: one row per cost centre of an instance and validity; approved rows only.
with

cost_centres as (
    {{ approved_rows('cost_centres') }}
),

final as (
    select
        trim(source_instance) as source_instance,
        {{ normalise_code('source_cost_centre_id') }} as source_cost_centre_id,
        {{ normalise_code('group_cost_centre_code') }} as group_cost_centre_code,
        {{ decision_columns() }}
    from cost_centres
)

select * from final
