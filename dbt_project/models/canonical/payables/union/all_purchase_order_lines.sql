-- Grain: one row per line of a purchase order and instance, as the systems know it.
{{ all_systems([
    ref('int_sap_s4hana__purchase_order_lines_conformed'),
    ref('int_coupa__purchase_order_lines_conformed'),
]) }}
