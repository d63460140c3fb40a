-- Grain: one row per item of a subscription, those taken out of it since included (is_removed).
with

base as (
    select * from {{ ref('base_stripe__subscription_items') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_subscription_item_id,
        source_subscription_id,
        source_price_id,
        quantity,
        is_removed
    from base
    where rejection_reason is null
)

select * from final
