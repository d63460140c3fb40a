-- Grain: one row per quota and instance, as the systems know it.
{{ all_systems([
    ref('int_salesforce__sales_quotas_conformed'),
]) }}
