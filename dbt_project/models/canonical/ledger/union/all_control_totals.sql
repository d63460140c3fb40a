-- Grain: one row per ledger, entity and period and instance, as the systems know it.
{{ all_systems([
    ref('int_sap_s4hana__control_totals_conformed'),
    ref('int_netsuite__control_totals_conformed'),
    ref('int_business_central__control_totals_conformed'),
    ref('int_sap_ecc__control_totals_conformed'),
    ref('int_sql_ledger__control_totals_conformed'),
    ref('int_d365_finance__control_totals_conformed'),
]) }}
