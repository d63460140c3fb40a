-- Grain: one row per change of an opportunity's stage, amount or close date, and one for its creation.
-- Values are text of one form each: a stage's name, a decimal with four places, an ISO date.
with

changes as (
    select * from {{ ref('stg_salesforce__opportunity_field_history') }}
),

stage_labels as (
    select * from {{ ref('stg_salesforce__stage_labels') }}
),

final as (
    select
        changes.source_change_id,
        changes.source_opportunity_id,
        changes.field_name,
        case
            when changes.field_name = 'amount' then cast({{ amount('changes.old_value') }} as varchar)
            else coalesce(old_stages.stage_name, changes.old_value)
        end as old_value,
        case
            when changes.field_name = 'amount' then cast({{ amount('changes.new_value') }} as varchar)
            else coalesce(new_stages.stage_name, changes.new_value)
        end as new_value,
        changes.changed_at,
        changes.source_instance,
        changes.load_id,
        changes.recorded_at
    from changes
    left join stage_labels as old_stages
        on
            changes.source_instance = old_stages.source_instance
            and changes.field_name = 'stage_name'
            and changes.old_value = old_stages.stage_value
    left join stage_labels as new_stages
        on
            changes.source_instance = new_stages.source_instance
            and changes.field_name = 'stage_name'
            and changes.new_value = new_stages.stage_value
    -- Other fields that the organisation tracks (its owner, say) stay in staging.
    where changes.field_name is not null
)

select * from final
