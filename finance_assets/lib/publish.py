"""Hand over a night: one new version of the published warehouse, swapped whole, with Parquet and a manifest."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

PUBLISHED_SCHEMAS = ("canonical", "reconciliation", "marts", "control")
# What readers may see of the control store; the rest is the platform's own bookkeeping.
PUBLISHED_CONTROL_TABLES = ("exceptions", "exception_history", "period_status", "period_history", "source_status")
# Columns that end so say by which carriage a row came (left_load_id), and when, not what it says: the same night twice,
# or after one that was killed, has the same content.
CARRIAGE_COLUMNS = ("load_id", "run_id", "changed_at")
# The version before stays for readers that have it open and for a comparison the morning after.
VERSIONS_KEPT = 2
TABLES_AT_ONCE = 2
DATABASE = "finance.duckdb"
MANIFEST = "manifest.json"


class PublicationRefused(Exception):
    """The close gate of this run has not passed: nothing is handed over."""


class PublicationFailed(Exception):
    """The new version could not be written; the previous publication is untouched."""


@dataclass(frozen=True)
class Label:
    """The status that every exported table carries: `current`, or `degraded` with the systems that are behind."""

    status: str
    detail: str


@dataclass(frozen=True)
class PublishedTable:
    schema: str
    name: str
    rows: int
    content_hash: str
    parquet: str
    sha256: str
    data_status: str
    data_status_detail: str


@dataclass(frozen=True)
class Publication:
    """One published version. `content_hash` covers every column but those of the carriage, in any row order."""

    database: Path
    manifest: Path
    content_hash: str
    tables: tuple[PublishedTable, ...]


def data_labels(manifest: Mapping[str, Any], source_status: Iterable[Mapping[str, Any]]) -> dict[str, Label]:
    """Return the label of every dbt model as `schema.table`, from the landed systems upstream of it.

    `manifest` is dbt's manifest; `source_status` the rows of control.source_status. A model that depends on a system of
    which one instance is stale or absent is degraded, whatever the path between them.
    """
    behind: dict[str, list[str]] = {}
    for row in source_status:
        if row["state"] != "current":
            behind.setdefault(row["system"], []).append(_how_old(row))
    nodes = {**manifest["nodes"], **manifest["sources"]}
    systems = _Upstream(nodes)
    labels = {}
    for key, node in manifest["nodes"].items():
        if node["resource_type"] in ("model", "seed", "snapshot"):
            details = sorted(detail for system in systems.of(key) for detail in behind.get(system, []))
            labels[f"{node['schema']}.{node['alias']}"] = _label(details)
    everything = sorted(detail for details in behind.values() for detail in details)
    labels.update({f"control.{name}": _label(everything) for name in PUBLISHED_CONTROL_TABLES})
    return labels


def publish(
    build: Path,
    published_dir: Path,
    *,
    run_id: str,
    as_of: date,
    close_gate_passed: bool,
    labels: Mapping[str, Label],
    descriptions: Mapping[str, str],
    facts: Mapping[str, Any],
) -> Publication:
    """Write a new version beside the old one and switch readers over in one rename.

    `labels` and `descriptions` are keyed by `schema.table`; `facts` go into the manifest as they are (source status,
    control totals, code version). Raises PublicationRefused without a passed close gate, PublicationFailed when the
    disk does not take the new version; in both cases the previous one stays.
    """
    if not close_gate_passed:
        raise PublicationRefused(
            f"run {run_id}: the close gate has not passed, so nothing is published; the previous publication stays. "
            "See `finance status` for the control that failed and its owner."
        )
    published_dir.mkdir(parents=True, exist_ok=True)
    version = published_dir / "versions" / f"{as_of.isoformat()}-{run_id}"
    # What a killed attempt of this run left behind was never visible.
    shutil.rmtree(version, ignore_errors=True)
    try:
        version.mkdir(parents=True)
        tables = _write_database(build, version, labels, descriptions)
        content_hash = _combined(f"{table.schema}.{table.name} {table.content_hash}" for table in tables)
        manifest = {
            "run_id": run_id,
            "as_of": as_of.isoformat(),
            "content_hash": content_hash,
            "database": {"file": DATABASE, "sha256": _sha256(version / DATABASE)},
            **facts,
            "tables": [asdict(table) for table in tables],
        }
        _write_durably(version / MANIFEST, json.dumps(manifest, indent=2, default=str))
        _switch(published_dir, version)
    except (OSError, duckdb.IOException) as error:
        shutil.rmtree(version, ignore_errors=True)
        raise PublicationFailed(
            f"run {run_id}: the new version could not be written to {published_dir} ({error}). The previous "
            "publication is untouched. Free disk space or check the folder's permissions, then run the night again."
        ) from error
    _forget_old_versions(published_dir, version)
    return Publication(published_dir / DATABASE, published_dir / MANIFEST, content_hash, tuple(tables))


def read_manifest(published_dir: Path) -> dict[str, Any] | None:
    """Return the manifest of the version that readers see now; None before the first publication."""
    path = published_dir / MANIFEST
    return json.loads(path.read_text()) if path.exists() else None


def _label(details: list[str]) -> Label:
    return Label("degraded" if details else "current", "; ".join(details))


class _Upstream:
    """The systems whose landed tables a dbt node reads, directly or through others."""

    def __init__(self, nodes: Mapping[str, Any]) -> None:
        self._nodes = nodes
        self._systems: dict[str, frozenset[str]] = {}

    def of(self, key: str) -> frozenset[str]:
        if key not in self._systems:
            node = self._nodes[key]
            if node["resource_type"] == "source":
                schema = node["schema"]
                found = frozenset({schema.removeprefix("landed_")} if schema.startswith("landed_") else ())
            else:
                parents = node.get("depends_on", {}).get("nodes", [])
                found = frozenset().union(*(self.of(parent) for parent in parents))
            self._systems[key] = found
        return self._systems[key]


def _how_old(row: Mapping[str, Any]) -> str:
    if row["state"] == "absent":
        return f"{row['source_instance']} ({row['system']}) absent: no load has been accepted yet"
    days = "1 day" if row["age_days"] == 1 else f"{row['age_days']} days"
    return f"{row['source_instance']} ({row['system']}) stale: as of {row['as_of']}, {days} old"


def _write_database(
    build: Path, version: Path, labels: Mapping[str, Label], descriptions: Mapping[str, str]
) -> list[PublishedTable]:
    with duckdb.connect(str(version / DATABASE)) as connection:
        connection.execute(f"attach '{_quoted(build)}' as build (read_only)")
        found = _tables_to_publish(connection)
        for schema in {schema for schema, _ in found}:
            connection.execute(f'create schema "{schema}"')
            (version / "parquet" / schema).mkdir(parents=True)

        def write(schema: str, name: str) -> PublishedTable:
            address = f"{schema}.{name}"
            label = labels.get(address, Label("current", ""))
            with connection.cursor() as cursor:
                return _write_table(
                    cursor, version, schema, name, found[schema, name], label, descriptions.get(address, "")
                )

        # Most tables are too small for the engine to spread one over the processors.
        with ThreadPoolExecutor(TABLES_AT_ONCE) as pool:
            tables = list(pool.map(lambda table: write(*table), found))
        connection.execute("detach build")
        connection.execute("checkpoint")
    return tables


def _write_table(
    connection: duckdb.DuckDBPyConnection,
    version: Path,
    schema: str,
    name: str,
    columns: Sequence[str],
    label: Label,
    description: str,
) -> PublishedTable:
    connection.execute(
        f'create table "{schema}"."{name}" as select *, ?::varchar as data_status, ?::varchar as data_status_detail '
        f'from build."{schema}"."{name}"',
        [label.status, label.detail],
    )
    if description:
        connection.execute(f'comment on table "{schema}"."{name}" is \'{_quoted(description)}\'')
    parquet = version / "parquet" / schema / f"{name}.parquet"
    connection.execute(f'copy "{schema}"."{name}" to \'{_quoted(parquet)}\' (format parquet)')
    rows, content_hash = _content(connection, schema, name, columns, label)
    return PublishedTable(
        schema,
        name,
        rows,
        content_hash,
        str(parquet.relative_to(version)),
        _sha256(parquet),
        label.status,
        label.detail,
    )


def _tables_to_publish(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], list[str]]:
    """Return the columns of every table to hand over, by schema and name."""
    # One question for all tables: the catalogue answers each as slowly as it answers all.
    found = connection.execute(
        "select columns.schema_name, columns.table_name, list(columns.column_name order by columns.column_name) "
        "from duckdb_columns() as columns inner join duckdb_tables() as tables on columns.table_oid = tables.table_oid "
        "and columns.database_name = tables.database_name "
        "where columns.database_name = 'build' and columns.schema_name in (select unnest(?)) group by all order by all",
        [list(PUBLISHED_SCHEMAS)],
    ).fetchall()
    return {
        (schema, name): columns
        for schema, name, columns in found
        if schema != "control" or name in PUBLISHED_CONTROL_TABLES
    }


def _content(
    connection: duckdb.DuckDBPyConnection, schema: str, name: str, all_columns: Iterable[str], label: Label
) -> tuple[int, str]:
    """Return the number of rows and a hash of their content and label that does not depend on their order."""
    columns = [column for column in all_columns if not column.endswith(CARRIAGE_COLUMNS)]
    # A row's text is md5'd; equal rows must not cancel out, so the digests are added up, not xor'ed.
    row_text = ", ".join(f"coalesce(cast(\"{column}\" as varchar), '\\N')" for column in columns)
    digest = f"md5_number_lower(concat_ws('|', {row_text}))::hugeint"
    rows, total = connection.execute(f'select count(*), coalesce(sum({digest}), 0) from "{schema}"."{name}"').fetchone()
    return rows, _combined([",".join(columns), str(rows), str(total), label.status, label.detail])


def _switch(published_dir: Path, version: Path) -> None:
    """Readers go through two links; the one named `current` is replaced in a single rename."""
    current = published_dir / "current"
    staged = published_dir / f".current-{version.name}"
    staged.unlink(missing_ok=True)
    staged.symlink_to(version.relative_to(published_dir), target_is_directory=True)
    staged.replace(current)
    for name in (DATABASE, MANIFEST, "parquet"):
        link = published_dir / name
        if not link.is_symlink():
            link.symlink_to(Path("current") / name)


def _forget_old_versions(published_dir: Path, newest: Path) -> None:
    versions = sorted((published_dir / "versions").iterdir(), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    others = [path for path in versions if path != newest]
    for path in others[VERSIONS_KEPT - 1 :]:
        shutil.rmtree(path, ignore_errors=True)


def _write_durably(path: Path, text: str) -> None:
    with path.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _combined(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _quoted(text: object) -> str:
    return str(text).replace("'", "''")
