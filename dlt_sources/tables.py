"""Rows as text in Arrow tables: declared fields first, new ones behind them, every value exactly as received."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

import pyarrow as pa

from dlt_sources.protocols.exact_json import to_text

LOAD_ID = "_load_id"


class TextTables:
    """Makes the tables of one resource in one load, and leaves out rows that came before.

    Paging over data that moves may bring a row twice. Byte for byte the same, it is kept once and counted in
    `repeats`; the same key with other content is kept both times, for staging to judge.
    """

    def __init__(self, fields: Sequence[str], key: Sequence[str], load_id: str) -> None:
        self.repeats = 0
        self._fields = list(fields)
        self._key = list(key)
        self._load_id = load_id
        self._seen: dict[str, int] = {}
        self._further_versions: set[tuple[str, int]] = set()

    def table(self, rows: Sequence[dict[str, Any]]) -> pa.Table:
        """Return the rows as a table of text columns: the fields in their order, then new ones, then the load's id."""
        new_fields = [name for name in dict.fromkeys(chain.from_iterable(rows)) if name not in self._fields]
        columns = _columns(rows, [*self._fields, *new_fields])
        arrays = {name: _text_array(columns, name) for name in columns}
        arrays[LOAD_ID] = pa.repeat(pa.scalar(self._load_id, pa.string()), len(rows))
        table = pa.table(arrays)
        is_new = self._are_new(columns)
        if all(is_new):
            return table
        self.repeats += is_new.count(False)
        return table.filter(pa.array(is_new))

    def _are_new(self, columns: dict[str, list[str | None]]) -> list[bool]:
        # One string is a third of the memory of a tuple; \x1f separates what no code contains.
        keys = ["\x1f".join(part or "" for part in key) for key in zip(*(columns[n] for n in self._key), strict=True)]
        contents = map(hash, zip(*columns.values(), strict=True))
        return [self._is_new(key, content) for key, content in zip(keys, contents, strict=True)]

    def _is_new(self, key: str, content: int) -> bool:
        """Whether this content of the key comes for the first time; most keys have only one."""
        if key not in self._seen:
            self._seen[key] = content
            return True
        if self._seen[key] == content or (key, content) in self._further_versions:
            return False
        self._further_versions.add((key, content))
        return True


def _columns(rows: Sequence[dict[str, Any]], names: Sequence[str]) -> dict[str, list[Any]]:
    """Return the members of all rows by name, None where a row has none."""
    if rows and len(names) > 1:
        try:
            # Row by row, because what a row holds lies together in memory.
            return dict(zip(names, map(list, zip(*map(itemgetter(*names), rows), strict=True)), strict=True))
        except KeyError:
            pass  # a row leaves something out
    return {name: [row.get(name) for row in rows] for name in names}


def _text_array(columns: dict[str, list[Any]], name: str) -> pa.Array:
    """Return the column as Arrow text; booleans and nested values are made text in the column itself."""
    try:
        return pa.array(columns[name], pa.string())
    except pa.ArrowTypeError:
        columns[name] = [to_text(value) for value in columns[name]]
        return pa.array(columns[name], pa.string())
