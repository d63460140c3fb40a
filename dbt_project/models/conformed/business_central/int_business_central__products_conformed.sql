-- Grain: one row per item of a company. The number is the code by which the other systems know it.
with

items as (
    select * from {{ ref('stg_business_central__items') }}
),

companies as (
    select * from {{ ref('int_business_central__companies') }}
),

final as (
    select
        {{ business_central_record('companies.source_entity_id', 'items.product_code') }} as source_product_id,
        items.product_code,
        coalesce(items.product_name, items.product_code) as product_name,
        coalesce(items.item_category_code, items.item_type) as source_product_group,
        items.source_instance,
        items.load_id,
        items.recorded_at
    from items
    inner join companies
        on
            items.source_instance = companies.source_instance
            and items.company_id = companies.company_id
)

select * from final
