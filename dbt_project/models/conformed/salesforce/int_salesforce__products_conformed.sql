-- Grain: one row per product, deleted ones included: old opportunity lines still name them.
with

products as (
    select * from {{ ref('stg_salesforce__products') }}
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
