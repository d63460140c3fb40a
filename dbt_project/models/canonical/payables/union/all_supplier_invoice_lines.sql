-- Grain: one row per line of a supplier invoice and instance, as the systems know it.
{{ all_systems([
    ref('int_sap_s4hana__supplier_invoice_lines_conformed'),
    ref('int_coupa__supplier_invoice_lines_conformed'),
]) }}
