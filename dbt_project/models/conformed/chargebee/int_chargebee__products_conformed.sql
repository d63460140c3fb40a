-- Grain: one row per item.
with

items as (
    select * from {{ ref('stg_chargebee__items') }}
),

final as (
    select
        source_product_id,
        product_code,
        product_name,
        source_product_group,
        source_instance,
        load_id,
        recorded_at
    from items
)

select * from final
