"""Rows as text in Arrow tables: declared fields first, new ones behind them, every value exactly as received."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from dlt_sources.protocols.exact_json import to_text

LOAD_ID = "_load_id"


def to_table(rows: Sequence[dict[str, Any]], fields: Sequence[str]) -> pa.Table:
    """Return the rows as a table of text columns: the fields in their order, then whatever else the rows carry."""
    extra = {name: None for row in rows for name in row} if rows else {}
    names = [*fields, *(name for name in extra if name not in set(fields))]
    return pa.table({name: _text_column([row.get(name) for row in rows]) for name in names})


def with_load_id(table: pa.Table, load_id: str) -> pa.Table:
    """Return the table with the load's id behind the source's columns."""
    return table.append_column(LOAD_ID, pa.repeat(pa.scalar(load_id, pa.string()), table.num_rows))


def _text_column(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except pa.ArrowTypeError:  # booleans or nested values among them
        return pa.array([to_text(value) for value in values], pa.string())


class Repeats:
    """Finds rows that came before in the same load: paging over moving data may bring one twice."""

    def __init__(self, key: Sequence[str]) -> None:
        self.dropped = 0
        self._key = list(key)
        self._seen: dict[str, int] = {}
        self._further_versions: set[tuple[str, int]] = set()

    def drop(self, table: pa.Table) -> pa.Table:
        """Return the table without rows seen before, byte for byte. The same key with other content stays."""
        if table.num_rows == 0:
            return table
        columns = [table.column(name).to_pylist() for name in table.column_names]
        keys = [columns[table.column_names.index(name)] for name in self._key]
        keep = [
            # A string is a third of the memory of a tuple; \x1f separates what no code contains.
            self._is_new("\x1f".join(part or "" for part in key), hash(row))
            for key, row in zip(zip(*keys, strict=True), zip(*columns, strict=True), strict=True)
        ]
        self.dropped += keep.count(False)
        return table if all(keep) else table.filter(pa.array(keep))

    def _is_new(self, key: str, content: int) -> bool:
        """Whether this content of the key comes for the first time; most keys have only one."""
        if key not in self._seen:
            self._seen[key] = content
            return True
        if self._seen[key] == content or (key, content) in self._further_versions:
            return False
        self._further_versions.add((key, content))
        return True
