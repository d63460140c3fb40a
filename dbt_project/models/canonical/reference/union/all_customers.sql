-- Grain: one row per customer record and instance, as the systems know it; customer_crosswalk says who it is.
-- source_role is the part a system plays for customers: attribute_authority gives each attribute to one role.
{{ all_systems([
    ref('int_sap_s4hana__customers_conformed'),
    ref('int_netsuite__customers_conformed'),
    ref('int_business_central__customers_conformed'),
    ref('int_salesforce__customers_conformed'),
    ref('int_stripe__customers_conformed'),
    ref('int_chargebee__customers_conformed'),
    ref('int_zuora__customers_conformed'),
], labels=['erp', 'erp', 'erp', 'crm', 'billing', 'billing', 'billing'], label_column='source_role') }}
