-- Grain: one row per subscription and instance, as the systems know it.
{{ all_systems([
    ref('int_stripe__subscriptions_conformed'),
    ref('int_chargebee__subscriptions_conformed'),
    ref('int_zuora__subscriptions_conformed'),
]) }}
