-- Grain: one row per line of a sales order and instance, as the systems know it.
{{ all_systems([
    ref('int_sap_s4hana__sales_order_lines_conformed'),
    ref('int_netsuite__sales_order_lines_conformed'),
]) }}
