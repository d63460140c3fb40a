-- Grain: one row per receivable or payable item and instance, as the systems know it.
{{ all_systems([
    ref('int_sap_s4hana__subledger_items_conformed'),
    ref('int_netsuite__subledger_items_conformed'),
    ref('int_business_central__subledger_items_conformed'),
    ref('int_sap_ecc__subledger_items_conformed'),
    ref('int_sql_ledger__subledger_items_conformed'),
    ref('int_d365_finance__subledger_items_conformed'),
    ref('int_oracle_fusion__subledger_items_conformed'),
]) }}
