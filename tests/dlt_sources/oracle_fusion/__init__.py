"""Tests of what only the Stripe source does."""
