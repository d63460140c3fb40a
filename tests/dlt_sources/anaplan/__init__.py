"""Tests of what only the Anaplan source does."""
