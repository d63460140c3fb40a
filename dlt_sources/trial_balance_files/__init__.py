"""Monthly trial balances in files, read as its system.yaml and the company file say."""
