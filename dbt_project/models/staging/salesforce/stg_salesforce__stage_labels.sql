-- Grain: one row per value a record may hold for its stage, and the stage's name it stands for.
-- The name (ApiName) stands for itself and never changes; the label people see may be renamed. A label counts unless
-- two stages share it or it is another stage's name.
with

stages as (
    select * from {{ ref('stg_salesforce__opportunity_stages') }}
),

names as (
    select distinct
        source_instance,
        stage_name as stage_value,
        stage_name
    from stages
),

unambiguous_labels as (
    select
        source_instance,
        stage_label as stage_value,
        min(stage_name) as stage_name
    from stages
    where stage_label is not null
    group by source_instance, stage_label
    having count(distinct stage_name) = 1
),

final as (
    select * from names
    union all
    select unambiguous_labels.*
    from unambiguous_labels
    left join names
        on
            unambiguous_labels.source_instance = names.source_instance
            and unambiguous_labels.stage_value = names.stage_value
    where names.stage_value is null
)

select * from final
