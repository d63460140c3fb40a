"""Salesforce, read as its system.yaml says."""
