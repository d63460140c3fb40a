-- Grain: one row per product.
with

products as (
    select * from {{ ref('stg_stripe__products') }}
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
    from products
)

select * from final
