-- Grain: one row per line of a goods receipt and instance, as the systems know it.
{{ all_systems([
    ref('int_sap_s4hana__goods_receipts_conformed'),
    ref('int_coupa__goods_receipts_conformed'),
]) }}
