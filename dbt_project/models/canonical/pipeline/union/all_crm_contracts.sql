-- Grain: one row per contract and instance, as the systems know it.
{{ all_systems([
    ref('int_salesforce__crm_contracts_conformed'),
]) }}
