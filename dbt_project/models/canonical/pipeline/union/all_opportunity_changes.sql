-- Grain: one row per change of an opportunity and instance, as the systems know it.
{{ all_systems([
    ref('int_salesforce__opportunity_changes_conformed'),
]) }}
