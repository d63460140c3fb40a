"""Tests of what only the events source does."""
