-- Grain: one row per journal line and instance, as the systems know it.
{{ all_systems([
    ref('int_sap_s4hana__journal_lines_conformed'),
    ref('int_netsuite__journal_lines_conformed'),
    ref('int_business_central__journal_lines_conformed'),
    ref('int_sap_ecc__journal_lines_conformed'),
    ref('int_sql_ledger__journal_lines_conformed'),
    ref('int_d365_finance__journal_lines_conformed'),
    ref('int_oracle_fusion__journal_lines_conformed'),
]) }}
