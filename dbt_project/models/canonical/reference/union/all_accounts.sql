-- Grain: one row per account of a chart and instance, as the systems know it.
{{ all_systems([
    ref('int_sap_s4hana__accounts_conformed'),
    ref('int_netsuite__accounts_conformed'),
    ref('int_business_central__accounts_conformed'),
    ref('int_sap_ecc__accounts_conformed'),
    ref('int_sql_ledger__accounts_conformed'),
    ref('int_d365_finance__accounts_conformed'),
    ref('int_oracle_fusion__accounts_conformed'),
    ref('int_trial_balance_files__accounts_conformed'),
]) }}
