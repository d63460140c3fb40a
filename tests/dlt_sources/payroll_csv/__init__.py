"""Tests of what only the the payroll CSV source does."""
