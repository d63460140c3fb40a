"""A control store in memory: as the one in a file, and quick enough for thousands of nights."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import StaticPool, create_engine

from finance_assets.control.store import ControlStore


def store_in_memory() -> ControlStore:
    """Return an empty store that lives as long as the object."""
    return ControlStore(create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}))


@pytest.fixture
def memory_store() -> Iterator[ControlStore]:
    """An empty store with a run to be the evidence."""
    store = store_in_memory()
    store.begin_run("run-1", "acme", date(2026, 9, 28), "v1")
    yield store
    store.close()
