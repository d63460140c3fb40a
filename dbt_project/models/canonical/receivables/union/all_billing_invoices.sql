-- Grain: one row per invoice or credit note and instance, as the systems know it.
{{ all_systems([
    ref('int_sap_s4hana__billing_invoices_conformed'),
    ref('int_netsuite__billing_invoices_conformed'),
    ref('int_business_central__billing_invoices_conformed'),
    ref('int_sap_ecc__billing_invoices_conformed'),
    ref('int_sql_ledger__billing_invoices_conformed'),
    ref('int_d365_finance__billing_invoices_conformed'),
    ref('int_oracle_fusion__billing_invoices_conformed'),
    ref('int_stripe__billing_invoices_conformed'),
    ref('int_chargebee__billing_invoices_conformed'),
    ref('int_zuora__billing_invoices_conformed'),
]) }}
