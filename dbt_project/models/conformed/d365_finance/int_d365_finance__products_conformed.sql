-- Grain: one row per shared product that is released to some legal entity. The number of the product, not that of the
-- item it was released as, is what invoices and the other systems know.
with

products as (
    select
        *,
        row_number() over (
            partition by source_instance, product_code
            order by source_entity_id, item_number
        ) as place_of_release
    from {{ ref('stg_d365_finance__products') }}
),

final as (
    select
        product_code as source_product_id,
        product_code,
        coalesce(product_name, product_code) as product_name,
        coalesce(product_group, product_type) as source_product_group,
        source_instance,
        load_id,
        recorded_at
    from products
    where place_of_release = 1
)

select * from final
