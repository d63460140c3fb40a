"""Transactions that read before they write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Yield a transaction: nobody else writes what it has read (in PostgreSQL, what it has read `for update`)."""
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            # Left alone, its transactions begin at the first write, after the reading.
            connection.exec_driver_sql("begin immediate")
        yield connection
