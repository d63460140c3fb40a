"""Anaplan, read as its system.yaml says."""
