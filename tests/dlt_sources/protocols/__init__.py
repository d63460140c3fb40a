"""Tests of the protocols, on small servers of their own."""
