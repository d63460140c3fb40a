-- Grain: one row per purchase order item of a supplier invoice; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_s4hana__supplier_invoice_items')) }}
)

select * from final
