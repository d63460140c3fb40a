-- Grain: one row per account and territory. An account may be in several territories. The CRM keeps no history of it:
-- assigned_at is the last change, and an assignment that was taken back is gone.
with

account_territories as (
    select * from {{ ref('stg_salesforce__account_territories') }}
    -- Opportunities carry their territory themselves; leads are nobody's customer yet.
    where object_type = 'Account'
),

final as (
    select
        source_customer_id,
        source_territory_id,
        assigned_at,
        source_instance,
        load_id,
        recorded_at
    from account_territories
)

select * from final
