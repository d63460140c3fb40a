"""Dynamics 365 Finance & Operations, read as its system.yaml says."""
