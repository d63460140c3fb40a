-- Grain: one row per consumer and instance that it reads: how old the data are, how old they may be on this day, what the
-- night did about it, and who brings the source back.
with

degradations as (select * from {{ ref('fct_degradations') }}),

source_status as (select * from {{ source('control', 'source_status') }}),

final as (
    select
        {{ as_of_date() }} as as_of_date,
        degradations.consumer,
        degradations.consumer_owner,
        degradations.consumer_action,
        degradations.source_instance,
        degradations.system,
        degradations.source_kind,
        degradations.state,
        source_status.reason as state_reason,
        degradations.phase,
        degradations.data_as_of_date,
        degradations.age_days,
        degradations.max_age_days,
        degradations.agreed_action,
        degradations.agreed_by,
        degradations.agreement_reason,
        degradations.action_taken,
        degradations.entities_left_out,
        degradations.source_owner as owner,
        degradations.next_step
    from degradations
    left join source_status on degradations.source_instance = source_status.source_instance
)

select * from final
