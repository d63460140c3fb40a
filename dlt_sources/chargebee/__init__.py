"""Chargebee, read as its system.yaml says."""
