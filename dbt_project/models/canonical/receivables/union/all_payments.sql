-- Grain: one row per payment, refund, payout or fee and instance, as the systems know it.
{{ all_systems([
    ref('int_stripe__payments_conformed'),
    ref('int_chargebee__payments_conformed'),
    ref('int_zuora__payments_conformed'),
]) }}
