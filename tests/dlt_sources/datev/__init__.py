"""Tests of what only the DATEV source does."""
