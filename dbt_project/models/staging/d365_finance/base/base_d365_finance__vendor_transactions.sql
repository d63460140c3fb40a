-- Grain: one row per transaction of a vendor, as last landed.
{{ d365_transactions(source('landed_d365_finance', 'vendor_transactions')) }}
