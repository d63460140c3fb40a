-- Grain: one row per sales order; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_s4hana__sales_orders')) }}
)

select * from final
