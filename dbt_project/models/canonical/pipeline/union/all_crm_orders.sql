-- Grain: one row per order of a CRM and instance, as the systems know it.
{{ all_systems([
    ref('int_salesforce__crm_orders_conformed'),
]) }}
