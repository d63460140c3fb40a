-- Grain: one row per product and instance, as the systems know it.
{{ all_systems([
    ref('int_sap_s4hana__products_conformed'),
    ref('int_netsuite__products_conformed'),
    ref('int_business_central__products_conformed'),
    ref('int_sap_ecc__products_conformed'),
    ref('int_sql_ledger__products_conformed'),
    ref('int_d365_finance__products_conformed'),
    ref('int_oracle_fusion__products_conformed'),
    ref('int_salesforce__products_conformed'),
    ref('int_stripe__products_conformed'),
    ref('int_chargebee__products_conformed'),
    ref('int_zuora__products_conformed'),
]) }}
