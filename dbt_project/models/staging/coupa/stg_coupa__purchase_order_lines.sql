-- Grain: one row per line of a purchase order; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_coupa__purchase_order_lines')) }}
)

select * from final
