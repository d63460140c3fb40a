"""The published warehouse, as commands read it."""

from __future__ import annotations

from typing import Any

import click
import duckdb

from finance_assets.lib.records import records
from finance_assets.lib.settings import Settings


def open_published(settings: Settings) -> duckdb.DuckDBPyConnection:
    """Return a connection that only reads; fail with what to do when nothing has been published."""
    file = settings.data_dir.published_file
    if not file.exists():
        raise click.ClickException(f"{settings.company.company} has published nothing yet; start with `finance run`")
    return duckdb.connect(str(file), read_only=True)


def ask(settings: Settings, query: str, **parameters: Any) -> list[dict[str, Any]]:
    """Return the rows that the query, with its $parameters, gives by their columns' names."""
    with open_published(settings) as connection:
        return records(connection, query, parameters)
