-- Grain: one row per metered day and instance, as the systems know it; the canonical model of the entity makes sense of it.
{{ all_systems([
    ref('int_stripe__usage_conformed'),
]) }}
