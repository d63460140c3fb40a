-- Grain: one row per product.
with

base as (
    select * from {{ ref('base_salesforce__products') }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        source_product_id,
        product_code,
        product_name,
        source_product_group,
        is_deleted
    from base
    where rejection_reason is null
)

select * from final
