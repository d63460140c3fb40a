-- Grain: one row per item of a purchase order; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_s4hana__purchase_order_items')) }}
)

select * from final
