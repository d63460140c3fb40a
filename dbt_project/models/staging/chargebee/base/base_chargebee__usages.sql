-- Grain: one row per reported usage, with the reason to reject it if there is one.
with

landed as (
    {{ newest_versions(source('landed_chargebee', 'usages')) }}
),

source as (
    {{ current_rows('landed', ['id']) }}
),

sites as (
    select * from {{ ref('stg_chargebee__sites') }}
),

placed as (
    select
        source.*,
        coalesce(sites.time_zone, 'UTC') as time_zone,
        {{ row_as_json('source') }} as payload
    from source
    left join sites on source.source_instance = sites.source_instance
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as source_usage_id,
        {{ text('subscription_id') }} as source_subscription_id,
        {{ text('item_price_id') }} as source_price_id,
        {{ site_date('usage_date', 'time_zone') }} as usage_date,
        {{ quantity('quantity') }} as quantity,
        {{ rejection_reason([
            required('id'),
            required('subscription_id'),
            required('item_price_id'),
            required('usage_date', unix_timestamp('usage_date')),
            required('quantity', quantity('quantity')),
        ]) }} as rejection_reason,
        {{ evidence('payload') }} as payload
    from placed
)

select * from final
