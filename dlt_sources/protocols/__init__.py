"""Protocols that source systems speak; no system is named here."""
