-- Grain: one row per product (material). SAP's product number is the code by which the other systems know it.
with

products as (
    select * from {{ ref('stg_sap_s4hana__products') }}
),

descriptions as (
    {{ preferred_texts(ref('stg_sap_s4hana__product_descriptions'), ['source_product_id']) }}
),

final as (
    select
        products.source_product_id,
        products.source_product_id as product_code,
        descriptions.product_name,
        products.product_group as source_product_group,
        products.source_instance,
        products.load_id,
        products.recorded_at
    from products
    left join descriptions
        on
            products.source_instance = descriptions.source_instance
            and products.source_product_id = descriptions.source_product_id
)

select * from final
