"""Zuora, read as its system.yaml says."""
