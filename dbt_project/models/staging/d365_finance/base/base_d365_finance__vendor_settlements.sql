-- Grain: one row per side of a settlement of vendor transactions, as last landed.
{{ d365_settlements(source('landed_d365_finance', 'vendor_settlements')) }}
