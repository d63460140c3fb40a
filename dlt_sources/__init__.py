"""Extraction of every source system, without any knowledge of the orchestrator."""
