-- Grain: one row per rejected row and instance.
{{ all_systems([
    ref('int_adp__rejected_rows_conformed'),
    ref('int_anaplan__rejected_rows_conformed'),
    ref('int_camt053__rejected_rows_conformed'),
    ref('int_datev__rejected_rows_conformed'),
    ref('int_ecb__rejected_rows_conformed'),
    ref('int_events__rejected_rows_conformed'),
    ref('int_mt940__rejected_rows_conformed'),
    ref('int_payroll_csv__rejected_rows_conformed'),
    ref('int_salesforce__rejected_rows_conformed'),
    ref('int_netsuite__rejected_rows_conformed'),
    ref('int_business_central__rejected_rows_conformed'),
    ref('int_sap_s4hana__rejected_rows_conformed'),
    ref('int_stripe__rejected_rows_conformed'),
    ref('int_chargebee__rejected_rows_conformed'),
    ref('int_trial_balance_files__rejected_rows_conformed'),
]) }}
