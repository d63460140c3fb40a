-- Grain: one row per user.
with

base as (
    select * from {{ ref('base_salesforce__users') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_user_id,
        user_name
    from base
    where rejection_reason is null
)

select * from final
