-- Grain: one row per change of an opportunity and instance, as the systems know it; the canonical model of the entity makes sense of it.
{{ all_systems([
    ref('int_salesforce__opportunity_changes_conformed'),
]) }}
