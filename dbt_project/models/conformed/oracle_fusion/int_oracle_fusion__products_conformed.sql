-- Grain: one row per item of the master organization. The number is the code by which the other systems know it.
with

items as (
    select * from {{ ref('stg_oracle_fusion__items') }}
),

final as (
    select
        product_code as source_product_id,
        product_code,
        coalesce(product_name, product_code) as product_name,
        item_class as source_product_group,
        source_instance,
        load_id,
        recorded_at
    from items
)

select * from final
