-- Grain: one row per product of an instance, with its family on the as-of date.
with

product_slices as (
    select * from {{ ref('dim_product_slices') }}
),

families as (
    select * from {{ ref('map_families') }}
),

final as (
    select
        product_slices.product_id,
        product_slices.source_instance,
        product_slices.source_product_id,
        product_slices.product_code,
        product_slices.product_name,
        product_slices.source_product_group,
        product_slices.product_family_code,
        coalesce(families.product_family_name, product_slices.product_family_code) as product_family_name,
        product_slices.is_mapped,
        product_slices.load_id,
        product_slices.recorded_at
    from product_slices
    left join families
        on
            product_slices.product_family_code = families.product_family_code
            and {{ is_valid_on(as_of_date(), 'families') }}
    where {{ is_valid_on(as_of_date(), 'product_slices') }}
)

select * from final
