"""A system that reads a folder, loaded once."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from dlt_sources.build import ExtractionSource, build_source
from dlt_sources.registry import load_systems
from dlt_sources.settings import Instance

Rows = dict[str, list[dict[str, Any]]]


def source_of(
    system: str, folder: Path, cursors: dict[str, str] | None = None, options: dict[str, Any] | None = None
) -> ExtractionSource:
    """The source of a load of the folder."""
    instance = Instance(name="dropped", system=system, folder=str(folder), options=options or {})
    return build_source(load_systems()[system], instance, date(2026, 9, 30), "L1", cursors or {})


def rows_of(source: ExtractionSource) -> Rows:
    """What a source brings, by resource."""
    return {
        name: [row for table in resource if isinstance(table, pa.Table) for row in table.to_pylist()]
        for name, resource in source.resources.items()
    }


def load_dropped(system: str, folder: Path, **options: Any) -> Rows:
    """One full load's rows, by resource."""
    return rows_of(source_of(system, folder, options=options))
