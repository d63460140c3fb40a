"""Tests of what only the MT940 source does."""
