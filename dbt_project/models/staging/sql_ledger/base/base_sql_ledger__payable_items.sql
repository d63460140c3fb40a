-- Grain: one row per item of a supplier, current version.
-- Amounts are signed as in the ledger.
{{ sql_ledger_items(source('landed_sql_ledger', 'payable_items')) }}
