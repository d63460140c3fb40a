-- Grain: one row per plan of a product.
with

final as (
    {{ accepted_rows(ref('base_zuora__product_rate_plans')) }}
)

select * from final
