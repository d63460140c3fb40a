-- Grain: one row per entity and instance, as the systems know it.
{{ all_systems([
    ref('int_sap_s4hana__entities_conformed'),
    ref('int_netsuite__entities_conformed'),
    ref('int_business_central__entities_conformed'),
    ref('int_sap_ecc__entities_conformed'),
    ref('int_sql_ledger__entities_conformed'),
    ref('int_d365_finance__entities_conformed'),
    ref('int_oracle_fusion__entities_conformed'),
    ref('int_trial_balance_files__entities_conformed'),
]) }}
