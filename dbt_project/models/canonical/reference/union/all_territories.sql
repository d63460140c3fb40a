-- Grain: one row per sales territory and instance, as the systems know it; the canonical model of the entity makes sense of it.
{{ all_systems([
    ref('int_salesforce__territories_conformed'),
]) }}
