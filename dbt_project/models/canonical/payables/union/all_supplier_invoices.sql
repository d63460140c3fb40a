-- Grain: one row per supplier invoice and instance, as the systems know it.
{{ all_systems([
    ref('int_sap_s4hana__supplier_invoices_conformed'),
    ref('int_coupa__supplier_invoices_conformed'),
]) }}
