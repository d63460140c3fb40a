-- Grain: one row per opportunity and instance, as the systems know it.
{{ all_systems([
    ref('int_salesforce__opportunities_conformed'),
]) }}
