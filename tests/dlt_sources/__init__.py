"""Tests of the extraction of source systems."""
