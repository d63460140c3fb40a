-- Grain: one row per item of a subscription, with the reason to reject it if there is one.
-- Stripe sends a subscription with all its items: one that it came without was taken out of it (is_removed).
with

source as (
    {{ current_rows(source('landed_stripe', 'subscription_items'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_subscription_item_id,
        {{ text('subscription') }} as source_subscription_id,
        -- The price comes expanded or as its id.
        coalesce({{ json_text('price', 'id') }}, {{ text('price') }}) as source_price_id,
        {{ quantity('quantity') }} as quantity,
        coalesce(is_removed, false) as is_removed,
        {{ rejection_reason([
            required('id'),
            required('subscription'),
            required('price'),
            castable('quantity', quantity('quantity')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
