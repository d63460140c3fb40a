-- Grain: one row per event and instance, as the systems know it.
{{ all_systems([
    ref('int_stripe__billing_events_conformed'),
    ref('int_chargebee__billing_events_conformed'),
    ref('int_zuora__billing_events_conformed'),
]) }}
