-- Grain: one row per sales territory and instance, as the systems know it.
{{ all_systems([
    ref('int_salesforce__territories_conformed'),
]) }}
