"""What the accepted loads of an instance add up to: each version of a row once, with the loads it came and went with.

Landing keeps every load as it came, for ever. Choosing the current rows out of that again every night would cost more
with every night; here a load is compared once with what was current before it. Nothing in this schema is evidence: it
is made from landing, and made anew when landing tells another story than it did.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb

from dlt_sources.spec import PartOf, ResourceSpec, SystemSpec
from dlt_sources.tables import LOAD_ID
from finance_assets.control.store import AcceptedResource, Checkpoint
from finance_assets.lib.failures import CheckpointBroken, StepFailed
from finance_assets.lib.landing import landing_schema
from finance_assets.lib.records import records

VERSIONS_SCHEMA = "versions"
SINCE_LOAD, SINCE_SEQUENCE, SINCE, ENDED_SEQUENCE = "_since_load", "_since_sequence", "_since", "_ended_sequence"
REMOVED_SEQUENCE = "_removed_sequence"
_COMPARED = f"{VERSIONS_SCHEMA}._compared_loads"
_OWN_COLUMNS = {
    SINCE_LOAD: "varchar",
    SINCE_SEQUENCE: "bigint",
    SINCE: "timestamp",
    ENDED_SEQUENCE: "bigint",
    # The load that brought the record the row is part of without it.
    REMOVED_SEQUENCE: "bigint",
}
# `rule` is by what rows were compared, `history` a name that tells apart histories made one after the other: the same
# loads may then have brought other rows.
_COMPARED_COLUMNS = ("resource", "load_id", "load_mode", "rule", "history", "rows_left")
_CREATE = f"""
    create schema if not exists {VERSIONS_SCHEMA};
    create table if not exists {_COMPARED} (
        resource varchar, load_id varchar, load_mode varchar, rule varchar, history varchar, rows_left bigint
    );
"""


@dataclass(frozen=True)
class CurrentRows:
    """The rows of one resource that are current after a load: how many, and a text that changes whenever they do."""

    rows: int
    state: str


def compare_loads(file: Path, instance: str, system: SystemSpec, accepted: Sequence[AcceptedResource]) -> None:
    """Bring the versions of an instance up to its accepted loads, which are all of them, oldest first.

    Each load is one transaction, so a process that dies leaves whole loads. Raises StepFailed when landing no longer
    has what a load brought: the evidence is broken, and what was made from it cannot be proved any more.
    """
    if not file.exists():
        raise StepFailed(f"{file}: the landing file of {instance} is gone: restore it from a backup")
    with duckdb.connect(str(file)) as connection:
        _prepare(connection)
        by_resource: dict[str, list[AcceptedResource]] = defaultdict(list)
        for load in accepted:
            if load.resource in system.resources:
                by_resource[load.resource].append(load)
        for resource, loads in by_resource.items():
            _Resource(connection, instance, system.resources[resource]).compare(loads)


def columns_of_versions(
    connection: duckdb.DuckDBPyConnection, database: str, system: SystemSpec
) -> dict[str, list[str]]:
    """Return the columns, as received, of every resource that has versions in the attached landing file."""
    found: dict[str, list[str]] = {}
    query = (
        "select table_name, column_name from duckdb_columns() "
        "where database_name = ? and schema_name = ? order by column_index"
    )
    for table, column in connection.execute(query, [database, VERSIONS_SCHEMA]).fetchall():
        if table in system.resources and column not in _OWN_COLUMNS:
            found.setdefault(table, []).append(column)
    return found


def current_after(load_sequence: int) -> str:
    """Return the condition for the versions that were current after the load."""
    return f"{SINCE_SEQUENCE} <= {load_sequence} and ({ENDED_SEQUENCE} is null or {ENDED_SEQUENCE} > {load_sequence})"


def known_after(load_sequence: int) -> str:
    """Return the condition for all versions that were current after the load or before."""
    return f"{SINCE_SEQUENCE} <= {load_sequence}"


def is_removed_after(load_sequence: int) -> str:
    """Return the expression for: the record the row is part of has come without it."""
    return f"coalesce({REMOVED_SEQUENCE} <= {load_sequence}, false)"


def current_rows(
    connection: duckdb.DuckDBPyConnection, database: str, resources: Iterable[str], load_sequence: int
) -> dict[str, CurrentRows]:
    """Return what is current after the load, per resource of the attached landing file."""
    histories = dict(
        connection.execute(f"select resource, any_value(history) from {database}.{_COMPARED} group by all").fetchall()
    )
    found = {}
    for resource in resources:
        rows, *moves = connection.execute(
            f"select count(*) filter ({current_after(load_sequence)}), "
            f"max({SINCE_SEQUENCE}) filter ({SINCE_SEQUENCE} <= {load_sequence}), "
            f"max({ENDED_SEQUENCE}) filter ({ENDED_SEQUENCE} <= {load_sequence}), "
            f"max({REMOVED_SEQUENCE}) filter ({REMOVED_SEQUENCE} <= {load_sequence}) "
            f'from {database}.{VERSIONS_SCHEMA}."{resource}"'
        ).fetchone()
        found[resource] = CurrentRows(rows, "|".join(map(str, (histories.get(resource), rows, *moves))))
    return found


def versions_of_record(file: Path, resource: ResourceSpec, key: str) -> list[dict[str, Any]]:
    """Return every version of the record with this key, oldest first: its columns as received, `since` and `load_id`.

    Leading zeros do not matter: some systems pad their keys, the warehouse does not. Nothing for a resource whose key
    has several columns, or that has no versions yet.
    """
    if len(resource.key) != 1 or not file.exists():
        return []
    with duckdb.connect(str(file), read_only=True) as connection:
        table = f'{VERSIONS_SCHEMA}."{resource.name}"'
        with suppress(duckdb.CatalogException):
            return records(
                connection,
                f"select * exclude ({_listed(_OWN_COLUMNS)}), {SINCE} as since, {SINCE_LOAD} as load_id from {table} "
                f"where ltrim(\"{resource.key[0]}\", '0') = ltrim(?, '0') order by {SINCE_SEQUENCE}",
                [key],
            )
    return []


def _prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make what is not there; versions as another release of the platform kept them are made anew."""
    connection.execute(_CREATE)
    if tuple(name for name, *_ in connection.execute(f"describe {_COMPARED}").fetchall()) != _COMPARED_COLUMNS:
        connection.execute(f"drop schema {VERSIONS_SCHEMA} cascade")
        connection.execute(_CREATE)


class _Resource:
    """The versions of one resource of an instance."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, instance: str, resource: ResourceSpec) -> None:
        self._connection = connection
        self._schema = landing_schema(instance)
        self._resource = resource
        self._name = resource.name
        self._landed = f'{self._schema}."{resource.name}"'
        self._versions = f'{VERSIONS_SCHEMA}."{resource.name}"'
        self._rule = f"key {resource.key}, part of {resource.part_of}"

    def compare(self, loads: Sequence[AcceptedResource]) -> None:
        """Compare the loads that have not been compared yet; all of them when the history so far is not theirs."""
        self._require_evidence(loads)
        compared, history, rows_left = self._compared()
        known = [(load.load_id, load.load_mode, self._rule) for load in loads[: len(compared)]]
        if compared and (compared != known or self._current_rows() != rows_left):
            self._begin_anew()
            compared, history = [], uuid4().hex
        for load in loads[len(compared) :]:
            with _transaction(self._connection):
                self._compare(load, history)

    def _require_evidence(self, loads: Sequence[AcceptedResource]) -> None:
        query = f"select {LOAD_ID}, count(*) from {self._landed} group by all"
        there: Mapping[str, int] = {}
        with suppress(duckdb.CatalogException):  # a table that is not there has no rows
            there = dict(self._connection.execute(query).fetchall())
        for load in loads:
            if there.get(load.load_id, 0) != load.rows:
                rows = there.get(load.load_id, 0)
                what = (
                    f"{load.load_id}: {load.rows} rows of {self._name} were landed, but {rows} are in the landing file"
                )
                broken = Checkpoint(
                    "staging",
                    f"{self._schema}.{self._name}",
                    is_passed=False,
                    finding=what,
                    source_instance=load.instance,
                    rows_in=load.rows,
                    rows_out=rows,
                )
                raise CheckpointBroken([broken], "target")

    def _compared(self) -> tuple[list[tuple[str, str, str]], str, int]:
        """The loads compared so far, each with its rule; the name of their history; the rows the last one left."""
        rows = self._connection.execute(
            f"select load_id, load_mode, rule, history, rows_left from {_COMPARED} where resource = ? order by rowid",
            [self._name],
        ).fetchall()
        history, rows_left = rows[-1][3:] if rows else (uuid4().hex, 0)
        return [row[:3] for row in rows], history, rows_left

    def _current_rows(self) -> int:
        (rows,) = self._connection.execute(
            f"select count(*) from {self._versions} where {ENDED_SEQUENCE} is null"
        ).fetchone()
        return rows

    def _begin_anew(self) -> None:
        with _transaction(self._connection):
            self._connection.execute(f"drop table if exists {self._versions}")
            self._connection.execute(f"delete from {_COMPARED} where resource = ?", [self._name])

    def _compare(self, load: AcceptedResource, history: str) -> None:
        names = self._prepare_table()
        columns, row, key = _listed(names), _struct(names), _struct(self._resource.key)
        self._connection.execute(
            f"create or replace temp table incoming as select {columns} from {self._landed} where {LOAD_ID} = ?",
            [load.load_id],
        )
        # Of an incremental load the rows it does not bring say nothing; a key it brings is what it brings.
        concerned = f"{ENDED_SEQUENCE} is null"
        if load.load_mode == "incremental":
            concerned += f" and {key} in (select {key} from incoming)"
        # What was taken out of its record and is there again is news.
        current = f"select {columns} from {self._versions} where {concerned} and {REMOVED_SEQUENCE} is null"
        for name, query in {
            "unchanged": f"select {columns} from incoming intersect {current}",
            "news": f"select {columns} from incoming except {current}",
        }.items():
            self._connection.execute(f"create or replace temp table {name} as {query}")
        self._connection.execute(
            f"update {self._versions} set {ENDED_SEQUENCE} = ? "
            f"where {concerned} and not ({REMOVED_SEQUENCE} is null and {row} in (select {row} from unchanged))",
            [load.load_sequence],
        )
        if self._resource.part_of:
            self._mark_removed(self._resource.part_of, load)
        self._connection.execute(
            f"insert into {self._versions} by name "
            f"select *, ? as {SINCE_LOAD}, ? as {SINCE_SEQUENCE}, ? as {SINCE} from news",
            [load.load_id, load.load_sequence, datetime.combine(load.as_of, time())],
        )
        self._connection.execute(
            f"insert into {_COMPARED} values (?, ?, ?, ?, ?, ?)",
            [self._name, load.load_id, load.load_mode, self._rule, history, self._current_rows()],
        )

    def _mark_removed(self, whole: PartOf, load: AcceptedResource) -> None:
        """Mark the rows whose record came with this load, but without them."""
        landed = self._connection.execute(
            "select true from duckdb_tables() where schema_name = ? and table_name = ?", [self._schema, whole.resource]
        ).fetchone()
        if landed is None or load.load_mode != "incremental":
            return
        key, record = _struct(self._resource.key), _struct(whole.by.values())
        named = ", ".join(f'"{of_record}" := "{of_part}"' for of_part, of_record in whole.by.items())
        self._connection.execute(
            f"update {self._versions} set {REMOVED_SEQUENCE} = ? "
            f"where {ENDED_SEQUENCE} is null and {REMOVED_SEQUENCE} is null "
            f"and {key} not in (select {key} from incoming) and struct_pack({named}) in "
            f'(select {record} from {self._schema}."{whole.resource}" where {LOAD_ID} = ?)',
            [load.load_sequence, load.load_id],
        )

    def _prepare_table(self) -> list[str]:
        """Give the table the columns that landing has; return them."""
        described = self._connection.execute(f"describe {self._landed}").fetchall()
        columns = [name for name, *_ in described if name != LOAD_ID]
        own = ", ".join(f"cast(null as {data_type}) as {name}" for name, data_type in _OWN_COLUMNS.items())
        self._connection.execute(
            f"create table if not exists {self._versions} as "
            f"select {_listed(columns)}, {own} from {self._landed} where false"
        )
        known = {name for name, *_ in self._connection.execute(f"describe {self._versions}").fetchall()}
        for name in columns:
            if name not in known:
                self._connection.execute(f'alter table {self._versions} add column "{name}" varchar')
        return columns


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.execute("begin")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _struct(columns: Iterable[str]) -> str:
    """The columns as one value, in which null equals null."""
    members = ", ".join(f'"{column}" := "{column}"' for column in columns)
    return f"struct_pack({members})"
