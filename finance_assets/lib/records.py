"""Rows of a query by the names of their columns."""

from __future__ import annotations

from typing import Any

import duckdb


def records(connection: duckdb.DuckDBPyConnection, query: str, parameters: Any = None) -> list[dict[str, Any]]:
    """Return the rows of the query, each as column → value, in the query's order."""
    result = connection.execute(query, parameters)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
