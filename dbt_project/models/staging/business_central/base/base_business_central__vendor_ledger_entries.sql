-- Grain: one row per ledger entry of a vendor, as last landed.
{{ business_central_ledger_entries(source('landed_business_central', 'vendor_ledger_entries'), 'vendor') }}
