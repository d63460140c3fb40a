"""NetSuite, read as its system.yaml says."""
