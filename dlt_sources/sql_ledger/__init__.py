"""A plain relational ledger, read as its system.yaml and the company file say."""
