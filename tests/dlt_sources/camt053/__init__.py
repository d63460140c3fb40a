"""Tests of what only the camt.053 source does."""
