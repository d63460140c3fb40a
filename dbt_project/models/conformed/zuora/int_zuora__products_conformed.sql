-- Grain: one row per product. One that only reduces others is none.
with

products as (
    select * from {{ ref('stg_zuora__products') }}
),

discounts_only as (
    select
        source_instance,
        source_product_id
    from {{ ref('int_zuora__prices') }}
    group by source_instance, source_product_id
    having bool_and(is_discount)
),

final as (
    select
        products.source_product_id,
        products.product_code,
        products.product_name,
        products.source_product_group,
        products.source_instance,
        products.load_id,
        products.recorded_at
    from products
    left join discounts_only
        on
            products.source_instance = discounts_only.source_instance
            and products.source_product_id = discounts_only.source_product_id
    where discounts_only.source_product_id is null
)

select * from final
