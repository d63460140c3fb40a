-- Grain: one row per ledger entry of a customer, as last landed.
{{ business_central_ledger_entries(source('landed_business_central', 'customer_ledger_entries'), 'customer') }}
