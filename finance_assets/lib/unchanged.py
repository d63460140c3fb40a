"""Which tables need no building: what they are made from, and the code, are what they were when they were built.

A table's fingerprint is made of those of its parents, down to the state of what was landed, mapped and decided; of the
code; and of the as-of date, where its SQL asks for it. A night after a night without news builds next to nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from finance_assets.lib.dbt_manifest import DbtManifest
from finance_assets.lib.lineage import LANDED_PREFIX

_CREATE = (
    "create table if not exists control.built_tables (unique_id varchar primary key, fingerprint varchar, rows bigint)"
)
_ASKS_FOR_AS_OF = re.compile(r"""var\(\s*['"]as_of['"]""")


def forget_built_tables(build_file: Path) -> None:
    """Take all tables for unknown: somebody builds chosen ones by hand."""
    with duckdb.connect(str(build_file)) as connection:
        connection.execute("drop table if exists control.built_tables")


@contextmanager
def building(
    build_file: Path, manifest: DbtManifest, tables: Mapping[str, str], code: str, as_of: date
) -> Iterator[set[str]]:
    """Yield which of the tables are to be built; when the block ends well, all of them are known as built.

    `tables` are addresses by dbt's id; what a table reads stands before it.

    `code` identifies the dbt project and its settings. A table that is not there, or has other rows than it was built
    with, is to be built as well, and so is what reads it. A block that fails, or a process that dies in it, leaves what
    it was building unknown: it is built next time, whatever its parents hold.
    """
    with duckdb.connect(str(build_file)) as connection:
        connection.execute(_CREATE)
        now = _Fingerprints(connection, manifest, code, as_of)
        built = {
            unique_id: (fingerprint, rows)
            for unique_id, fingerprint, rows in connection.execute("from control.built_tables").fetchall()
        }
        rows = _rows(connection, tables)
        changed: set[str] = set()
        for unique_id in tables:
            is_known = built.get(unique_id) == (now.of(unique_id), rows.get(unique_id, -1))
            if not is_known or not changed.isdisjoint(now.parents(unique_id)):
                changed.add(unique_id)
        connection.execute("delete from control.built_tables where list_contains(?, unique_id)", [sorted(changed)])
    yield changed
    if changed:
        with duckdb.connect(str(build_file)) as connection:
            rows = _rows(connection, {unique_id: tables[unique_id] for unique_id in changed})
            connection.executemany(
                "insert into control.built_tables values (?, ?, ?)",
                [[unique_id, now.of(unique_id), count] for unique_id, count in rows.items()],
            )


class _Fingerprints:
    """The fingerprint of every table, as things are now."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, manifest: DbtManifest, code: str, as_of: date) -> None:
        self._connection = connection
        self._code = code
        self._as_of = as_of.isoformat()
        self._nodes: Mapping[str, Any] = manifest.content["nodes"]
        self._sources: Mapping[str, Any] = manifest.content["sources"]
        self._macros: Mapping[str, Any] = manifest.content["macros"]
        self._known: dict[str, str] = {}
        self._asking: dict[str, bool] = {}
        self._landed = dict(
            connection.execute(
                "select address, list_sort(list(instance || ' ' || state)) from control.landed_states group by address"
            ).fetchall()
        )

    def of(self, unique_id: str) -> str:
        """Return the fingerprint of a source, or of a table and all that is upstream of it."""
        if unique_id not in self._known:
            if unique_id in self._sources:
                self._known[unique_id] = self._of_source(self._sources[unique_id])
            else:
                node = self._nodes[unique_id]
                parents = [self.of(parent) for parent in sorted(self.parents(unique_id))]
                day = [self._as_of] if self._asks_for_as_of(unique_id, node["raw_code"], node) else []
                self._known[unique_id] = _hash(self._code, *day, *parents)
        return self._known[unique_id]

    def parents(self, unique_id: str) -> list[str]:
        """Return what the table reads."""
        return self._nodes[unique_id]["depends_on"].get("nodes", [])

    def _of_source(self, source: Mapping[str, Any]) -> str:
        if source["schema"].startswith(LANDED_PREFIX):
            return _hash(*self._landed.get(f"{source['schema']}.{source['identifier']}", []))
        address = f'"{source["schema"]}"."{source["identifier"]}"'
        content = self._connection.execute(
            f"select count(*), sum(cast(hash(content) as hugeint)) from {address} as content"
        )
        return _hash(*map(str, content.fetchone()))

    def _asks_for_as_of(self, unique_id: str, sql: str, node: Mapping[str, Any]) -> bool:
        """Whether the SQL asks for the as-of date, itself or through a macro."""
        if unique_id not in self._asking:
            macros = [(name, self._macros[name]) for name in node["depends_on"].get("macros", [])]
            self._asking[unique_id] = False  # a macro that calls itself adds nothing
            self._asking[unique_id] = bool(_ASKS_FOR_AS_OF.search(sql)) or any(
                self._asks_for_as_of(name, macro["macro_sql"], macro) for name, macro in macros
            )
        return self._asking[unique_id]


def _rows(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, str]) -> dict[str, int]:
    """The rows of those tables that are there; a view has none of its own."""
    kinds = dict(
        connection.execute(
            "select table_schema || '.' || table_name, table_type from information_schema.tables"
        ).fetchall()
    )
    there = {unique_id: address for unique_id, address in tables.items() if address in kinds}
    stored = [unique_id for unique_id, address in there.items() if kinds[address] == "BASE TABLE"]
    counts: tuple[int, ...] = ()
    if stored:
        asked = ", ".join(f"(select count(*) from {there[unique_id]})" for unique_id in stored)
        counts = connection.execute(f"select {asked}").fetchone() or ()
    return {**dict.fromkeys(there, 0), **dict(zip(stored, counts, strict=True))}


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
