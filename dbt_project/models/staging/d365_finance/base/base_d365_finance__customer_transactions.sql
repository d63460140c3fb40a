-- Grain: one row per transaction of a customer, as last landed.
{{ d365_transactions(source('landed_d365_finance', 'customer_transactions')) }}
