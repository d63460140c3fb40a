-- Grain: one row per subscription and instance, as the systems know it; the canonical model of the entity makes sense of it.
{{ all_systems([
    ref('int_stripe__subscriptions_conformed'),
]) }}
