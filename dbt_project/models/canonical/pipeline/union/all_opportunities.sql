-- Grain: one row per opportunity and instance, as the systems know it; the canonical model of the entity makes sense of it.
{{ all_systems([
    ref('int_salesforce__opportunities_conformed'),
]) }}
