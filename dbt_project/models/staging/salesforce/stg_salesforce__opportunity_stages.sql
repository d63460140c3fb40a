-- Grain: one row per opportunity stage.
with

base as (
    select * from {{ ref('base_salesforce__opportunity_stages') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_stage_id,
        stage_name,
        stage_label
    from base
    where rejection_reason is null
)

select * from final
