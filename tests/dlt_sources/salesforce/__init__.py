"""Tests of what only the Salesforce source does."""
