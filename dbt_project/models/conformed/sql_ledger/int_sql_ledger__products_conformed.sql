-- Grain: one row per product. Where the ledger has no other code, its number is what the other systems know it by.
with

products as (
    select * from {{ ref('stg_sql_ledger__products') }}
),

final as (
    select
        source_product_id,
        coalesce(product_code, source_product_id) as product_code,
        coalesce(product_name, source_product_id) as product_name,
        source_product_group,
        source_instance,
        load_id,
        recorded_at
    from products
)

select * from final
