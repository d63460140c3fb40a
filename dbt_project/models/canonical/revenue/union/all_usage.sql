-- Grain: one row per metered day and instance, as the systems know it.
{{ all_systems([
    ref('int_stripe__usage_conformed'),
    ref('int_chargebee__usage_conformed'),
    ref('int_zuora__usage_conformed'),
]) }}
