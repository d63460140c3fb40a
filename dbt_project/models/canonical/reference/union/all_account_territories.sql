-- Grain: one row per account, territory and instance, as the systems know it.
{{ all_systems([
    ref('int_salesforce__account_territories_conformed'),
]) }}
