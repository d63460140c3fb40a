-- Grain: one row per purchase order, cancelled ones included; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_coupa__purchase_orders')) }}
)

select * from final
