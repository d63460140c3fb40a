-- Grain: one row per line of an invoice and instance, as the systems know it.
{{ all_systems([
    ref('int_sap_s4hana__billing_invoice_lines_conformed'),
    ref('int_netsuite__billing_invoice_lines_conformed'),
    ref('int_business_central__billing_invoice_lines_conformed'),
    ref('int_sap_ecc__billing_invoice_lines_conformed'),
    ref('int_sql_ledger__billing_invoice_lines_conformed'),
    ref('int_d365_finance__billing_invoice_lines_conformed'),
    ref('int_oracle_fusion__billing_invoice_lines_conformed'),
    ref('int_stripe__billing_invoice_lines_conformed'),
    ref('int_chargebee__billing_invoice_lines_conformed'),
    ref('int_zuora__billing_invoice_lines_conformed'),
]) }}
