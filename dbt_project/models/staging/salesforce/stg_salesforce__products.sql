-- Grain: one row per product.
with

final as (
    {{ accepted_rows(ref('base_salesforce__products')) }}
)

select * from final
