-- Grain: one row per item of a sales order; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_s4hana__sales_order_items')) }}
)

select * from final
