-- Grain: one row per supplier record and instance, as the systems know it.
{{ all_systems([
    ref('int_sap_s4hana__suppliers_conformed'),
    ref('int_netsuite__suppliers_conformed'),
    ref('int_business_central__suppliers_conformed'),
    ref('int_coupa__suppliers_conformed'),
    ref('int_sap_ecc__suppliers_conformed'),
    ref('int_sql_ledger__suppliers_conformed'),
    ref('int_d365_finance__suppliers_conformed'),
    ref('int_oracle_fusion__suppliers_conformed'),
]) }}
