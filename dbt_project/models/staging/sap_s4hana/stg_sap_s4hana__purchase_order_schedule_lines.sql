-- Grain: one row per delivery of an item of a purchase order; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_s4hana__purchase_order_schedule_lines')) }}
)

select * from final
