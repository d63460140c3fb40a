-- Grain: one row per product.
with

final as (
    {{ accepted_rows(ref('base_zuora__products')) }}
)

select * from final
