"""The company's mapping files: read strictly, as text; dbt decides which rows count and when."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from dlt_sources.errors import ConfigurationError
from dlt_sources.strict_yaml import did_you_mean


def read_mappings(folder: Path, declared: Mapping[str, Sequence[str]]) -> dict[str, pa.Table]:
    """Return a text table per declared mapping (name → columns); a file that is not there is a mapping without rows.

    Raises ConfigurationError naming the file, the line and what is wrong with it.
    """
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in declared:
            raise ConfigurationError(f"{path}: there is no mapping of that name" + did_you_mean(path.stem, [*declared]))
    return {name: _read(folder / f"{name}.csv", columns) for name, columns in declared.items()}


def _read(path: Path, columns: Sequence[str]) -> pa.Table:
    rows = _rows(path, columns) if path.exists() else []
    return pa.table(
        {name: pa.array([row[position] or None for row in rows], pa.string()) for position, name in enumerate(columns)}
    )


def _rows(path: Path, columns: Sequence[str]) -> list[list[str]]:
    """The file's rows with their values in the order of the declared columns."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            positions = _positions(path, header, columns)
            rows = []
            for row in reader:
                if len(row) != len(header):
                    raise ConfigurationError(
                        f"{path}, line {reader.line_num}: {len(row)} values for {len(header)} columns; "
                        "put values that contain a comma in double quotes"
                    )
                rows.append([row[position].strip() for position in positions])
    except csv.Error as error:
        raise ConfigurationError(f"{path}, line {reader.line_num}: {error}; correct the line") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not UTF-8 text ({error.reason}); save it as UTF-8") from error
    return rows


def _positions(path: Path, header: list[str], columns: Sequence[str]) -> list[int]:
    unknown = [name for name in header if name not in columns]
    if unknown:
        raise ConfigurationError(
            f"{path}, line 1: unknown column '{unknown[0]}'" + did_you_mean(unknown[0], [*columns])
        )
    missing = [name for name in columns if name not in header]
    if missing:
        raise ConfigurationError(f"{path}, line 1: column '{missing[0]}' is missing: add it")
    return [header.index(name) for name in columns]
