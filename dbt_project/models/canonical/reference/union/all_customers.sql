-- Grain: one row per customer record and instance, as the systems know it; customer_crosswalk says who it is.
-- source_role is the part a system plays for customers: attribute_authority gives each attribute to one role.
{{ all_systems([
    ['erp', ref('int_sap_s4hana__customers_conformed')],
    ['erp', ref('int_netsuite__customers_conformed')],
    ['erp', ref('int_business_central__customers_conformed')],
    ['erp', ref('int_d365_finance__customers_conformed')],
    ['erp', ref('int_oracle_fusion__customers_conformed')],
    ['erp', ref('int_sap_ecc__customers_conformed')],
    ['erp', ref('int_sql_ledger__customers_conformed')],
    ['crm', ref('int_salesforce__customers_conformed')],
    ['billing', ref('int_stripe__customers_conformed')],
    ['billing', ref('int_chargebee__customers_conformed')],
    ['billing', ref('int_zuora__customers_conformed')],
], label_column='source_role') }}
