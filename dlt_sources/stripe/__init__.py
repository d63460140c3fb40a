"""Stripe, read as its system.yaml says."""
