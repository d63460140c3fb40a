-- Grain: one row per item. The item's name is the part number by which the other systems know it, and people map it by
-- that, so it is the key here.
with

items as (
    select * from {{ ref('stg_netsuite__items') }}
),

final as (
    select
        product_code as source_product_id,
        product_code,
        coalesce(product_name, product_code) as product_name,
        item_type as source_product_group,
        source_instance,
        load_id,
        recorded_at
    from items
)

select * from final
