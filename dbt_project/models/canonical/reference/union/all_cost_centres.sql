-- Grain: one row per validity of a cost centre and instance, as the systems know it.
{{ all_systems([
    ref('int_sap_s4hana__cost_centres_conformed'),
    ref('int_netsuite__cost_centres_conformed'),
    ref('int_business_central__cost_centres_conformed'),
    ref('int_sap_ecc__cost_centres_conformed'),
    ref('int_sql_ledger__cost_centres_conformed'),
    ref('int_d365_finance__cost_centres_conformed'),
    ref('int_oracle_fusion__cost_centres_conformed'),
    ref('int_trial_balance_files__cost_centres_conformed'),
]) }}
