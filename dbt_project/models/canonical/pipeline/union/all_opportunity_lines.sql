-- Grain: one row per line of an opportunity and instance, as the systems know it.
{{ all_systems([
    ref('int_salesforce__opportunity_lines_conformed'),
]) }}
