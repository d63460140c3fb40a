-- Grain: one row per side of a settlement of customer transactions, as last landed.
{{ d365_settlements(source('landed_d365_finance', 'customer_settlements')) }}
