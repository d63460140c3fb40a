"""Coupa, read as its system.yaml says."""
