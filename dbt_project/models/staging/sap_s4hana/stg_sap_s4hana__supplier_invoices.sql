-- Grain: one row per supplier invoice and fiscal year; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_s4hana__supplier_invoices')) }}
)

select * from final
