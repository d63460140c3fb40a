"""Tests of what only the ADP source does."""
