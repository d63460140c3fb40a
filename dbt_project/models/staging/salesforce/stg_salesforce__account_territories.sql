-- Grain: one row per assignment of an account to a territory.
with

base as (
    select * from {{ ref('base_salesforce__account_territories') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_customer_id,
        source_territory_id,
        object_type
    from base
    where rejection_reason is null
)

select * from final
