-- Grain: one row per product of an order, deleted ones included.
with

final as (
    {{ accepted_rows(ref('base_salesforce__order_items')) }}
)

select * from final
