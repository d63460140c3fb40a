-- Grain: one row per purchase order; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_s4hana__purchase_orders')) }}
)

select * from final
