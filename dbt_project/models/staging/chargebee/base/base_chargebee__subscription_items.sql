-- Grain: one row per item price of a subscription, with the reason to reject it if there is one.
-- A subscription comes with all its items, each stamped with its version: one of an older version was taken out of it.
with

source as (
    {{ current_rows(source('landed_chargebee', 'subscription_items'), ['subscription_id', 'item_price_id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['subscription_id', 'item_price_id']) }} as source_key,
        {{ text('subscription_id') }} as source_subscription_id,
        {{ text('item_price_id') }} as source_price_id,
        {{ chargebee_quantity('quantity_in_decimal', 'quantity') }} as quantity,
        coalesce(try_cast(subscription_version as bigint), 0)
        < max(coalesce(try_cast(subscription_version as bigint), 0)) over (
            partition by source_instance, subscription_id
        ) as is_removed,
        {{ rejection_reason([
            required('subscription_id'),
            required('item_price_id'),
            castable('quantity', quantity('quantity')),
            castable('quantity_in_decimal', quantity('quantity_in_decimal')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
