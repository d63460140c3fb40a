"""Hand over a night: one new version of the published warehouse, swapped whole, with Parquet and a manifest."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from finance_assets.control.store import Checkpoint
from finance_assets.lib.control_totals import Totals, amount_columns, totals_of
from finance_assets.lib.failures import PUBLISH, CheckpointBroken

PUBLISHED_SCHEMAS = ("canonical", "reconciliation", "marts", "control")
# What readers may see of the control store; the rest is the platform's own bookkeeping.
PUBLISHED_CONTROL_TABLES = (
    "exceptions",
    "exception_history",
    "period_status",
    "period_history",
    "source_status",
    "checkpoints",
)
# What a run has counted on its way, those of the publication itself included: written last, and no content.
CHECKPOINTS = ("control", "checkpoints")
# Columns that end so say by which carriage a row came (left_load_id), and when, not what it says: the same night twice,
# or after one that was killed, has the same content.
CARRIAGE_COLUMNS = ("load_id", "run_id", "changed_at")
# The version before stays for readers that have it open and for a comparison the morning after.
VERSIONS_KEPT = 2
TABLES_AT_ONCE = 2
DATABASE = "finance.duckdb"
MANIFEST = "manifest.json"
LABEL_COLUMNS = {
    "data_status": "current, degraded, incomplete or held: what has become of the table in this publication.",
    "data_status_detail": "Why it is not current; empty if it is.",
}


class PublicationRefused(Exception):
    """The close gate of this run has not passed: nothing is handed over."""


class PublicationFailed(Exception):
    """The new version could not be written; the previous publication is untouched."""


@dataclass(frozen=True)
class Label:
    """The status that every exported table carries, and why.

    `current`; `degraded`: a source is behind; `incomplete`: rows are left out; `held`: as it was last published.
    """

    status: str
    detail: str


@dataclass(frozen=True)
class PublishedTable:
    """One table of a publication. A held one is `as_of` an earlier day, when its detail was `built_detail`."""

    schema: str
    name: str
    rows: int
    content_hash: str
    parquet: str
    sha256: str
    data_status: str
    data_status_detail: str
    as_of: str
    built_detail: str


@dataclass(frozen=True)
class Publication:
    """One published version. `content_hash` covers every column but those of the carriage, in any row order.

    `withheld` are held tables of which there is no earlier version, each with the reason: they are not in it.
    """

    database: Path
    manifest: Path
    content_hash: str
    tables: tuple[PublishedTable, ...]
    withheld: Mapping[str, str]
    checkpoints: tuple[Checkpoint, ...]


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
    held: Collection[str] = (),
    left_out: Mapping[str, Collection[str]] | None = None,
) -> Publication:
    """Write a new version beside the old one and switch readers over in one rename.

    `labels`, `descriptions` and `left_out` are keyed by `schema.table`, descriptions of columns by
    `schema.table.column`; `facts` go into the manifest as they are (code
    version, source status). A table in `held` is taken over from the previous version, with its new label; without one,
    or if that is of a later day than `as_of`, it is withheld. Of a table in `left_out` the rows whose entity_code is
    among the given are not published. Raises PublicationRefused without a passed close gate, PublicationFailed when the
    disk does not take the new version, CheckpointBroken when what was written, in the file or as Parquet, is not what
    was to be written; in each case the previous one stays.
    """
    if not close_gate_passed:
        raise PublicationRefused(
            f"run {run_id}: the close gate has not passed, so nothing is published; the previous publication stays. "
            "See `finance status` for the control that failed and its owner."
        )
    published_dir.mkdir(parents=True, exist_ok=True)
    version = published_dir / "versions" / f"{as_of.isoformat()}-{run_id}"
    earlier = _Earlier.of(published_dir, as_of)
    # What a killed attempt of this run left behind was never visible.
    shutil.rmtree(version, ignore_errors=True)
    try:
        version.mkdir(parents=True)
        writer = _Writer(version, run_id, as_of, earlier, labels, descriptions, held, left_out or {})
        tables, withheld, totals = writer.write(build)
        content_hash = _combined(
            f"{table.schema}.{table.name} {table.content_hash}"
            for table in tables
            if (table.schema, table.name) != CHECKPOINTS
        )
        manifest = {
            "run_id": run_id,
            "as_of": as_of.isoformat(),
            "content_hash": content_hash,
            "database": {"file": DATABASE, "sha256": _sha256(version / DATABASE)},
            **facts,
            "control_totals": totals,
            "withheld": withheld,
            "tables": [asdict(table) for table in tables],
        }
        _write_durably(version / MANIFEST, json.dumps(manifest, indent=2, default=str))
        _switch(published_dir, version)
    except CheckpointBroken:
        shutil.rmtree(version, ignore_errors=True)
        raise
    except (OSError, duckdb.IOException) as error:
        shutil.rmtree(version, ignore_errors=True)
        raise PublicationFailed(
            f"run {run_id}: the new version could not be written to {published_dir} ({error}). The previous "
            "publication is untouched. Free disk space or check the folder's permissions, then run the night again."
        ) from error
    _forget_old_versions(published_dir, version)
    return Publication(
        published_dir / DATABASE,
        published_dir / MANIFEST,
        content_hash,
        tuple(tables),
        withheld,
        tuple(writer.checkpoints),
    )


def read_manifest(published_dir: Path) -> dict[str, Any] | None:
    """Return the manifest of the version that readers see now; None before the first publication."""
    path = published_dir / MANIFEST
    return json.loads(path.read_text()) if path.exists() else None


@dataclass(frozen=True)
class _Earlier:
    """What readers have seen so far: its database, and those of its tables that a run of this day may take over."""

    database: Path | None
    tables: Mapping[str, Mapping[str, Any]]

    @classmethod
    def of(cls, published_dir: Path, as_of: date) -> _Earlier:
        manifest = read_manifest(published_dir)
        if manifest is None:
            return cls(None, {})
        # A publication from before tables had a day of their own is all of its own day.
        tables = [
            {"as_of": manifest["as_of"], "built_detail": table["data_status_detail"], **table}
            for table in manifest["tables"]
        ]
        return cls(
            (published_dir / DATABASE).resolve(),
            {f"{table['schema']}.{table['name']}": table for table in tables if table["as_of"] <= as_of.isoformat()},
        )


@dataclass(frozen=True)
class _Writer:
    """Writes the tables of one version into its folder: most from the build, held ones from the version before."""

    version: Path
    run_id: str
    as_of: date
    earlier: _Earlier
    labels: Mapping[str, Label]
    descriptions: Mapping[str, str]
    held: Collection[str]
    left_out: Mapping[str, Collection[str]]
    checkpoints: list[Checkpoint] = field(default_factory=list)
    totals: dict[str, Totals] = field(default_factory=dict)

    def write(self, build: Path) -> tuple[list[PublishedTable], dict[str, str], dict[str, Any]]:
        """Write all tables; return them, those that are withheld with the reason, and the control totals."""
        with duckdb.connect(str(self.version / DATABASE)) as connection:
            connection.execute(f"attach '{_quoted(build)}' as build (read_only)")
            found = _tables_to_publish(connection, "build")
            kept = {table for table in found if _address(*table) in self.held}
            before = {}
            if kept and self.earlier.database:
                connection.execute(f"attach '{_quoted(self.earlier.database)}' as earlier (read_only)")
                before = _tables_to_publish(connection, "earlier")
            taken_over = {
                table: before[table] for table in kept & before.keys() if _address(*table) in self.earlier.tables
            }
            withheld = {_address(*table): self.labels[_address(*table)].detail for table in kept - taken_over.keys()}
            written = [*(table for table in found if table not in kept), *sorted(taken_over)]
            for schema in {schema for schema, _ in written}:
                connection.execute(f'create schema "{schema}"')
                (self.version / "parquet" / schema).mkdir(parents=True)

            def write(table: tuple[str, str]) -> PublishedTable:
                with connection.cursor() as cursor:
                    if table in taken_over:
                        return self._take_over(cursor, *table, taken_over[table])
                    return self._copy(cursor, *table, found[table])

            # Most tables are too small for the engine to spread one over the processors.
            with ThreadPoolExecutor(TABLES_AT_ONCE) as pool:
                tables = list(pool.map(write, [table for table in written if table != CHECKPOINTS]))
            self.checkpoints.sort(key=lambda checkpoint: (checkpoint.subject, checkpoint.amount_name or ""))
            if broken := [checkpoint for checkpoint in self.checkpoints if not checkpoint.is_passed]:
                raise CheckpointBroken(broken, "target")
            if CHECKPOINTS in written:
                tables.append(self._copy(connection, *CHECKPOINTS, found[CHECKPOINTS]))
            tables.sort(key=lambda table: (table.schema, table.name))
            self._describe(connection, tables)
            totals = {address: self.totals[address].amounts for address in sorted(self.totals)}
            for attached in ("build", *(["earlier"] if before else [])):
                connection.execute(f"detach {attached}")
            connection.execute("checkpoint")
        return tables, withheld, totals

    def _copy(
        self, connection: duckdb.DuckDBPyConnection, schema: str, name: str, columns: Sequence[str]
    ) -> PublishedTable:
        """Write a table as it was built, without the entities that are left out."""
        address = _address(schema, name)
        label = self.labels.get(address, Label("current", ""))
        entities = sorted(self.left_out.get(address, ()))
        listed = ", ".join(f"'{_quoted(entity)}'" for entity in entities)
        condition = f"entity_code is null or entity_code not in ({listed})" if entities else "true"
        origin = f'build."{schema}"."{name}" where {condition}'
        connection.execute(
            f'create table "{schema}"."{name}" as '
            f"select *, ?::varchar as data_status, ?::varchar as data_status_detail from {origin}",
            [label.status, label.detail],
        )
        if (schema, name) == CHECKPOINTS:
            self._add_own_checkpoints(connection, label)
            origin = None
        return self._finish(connection, schema, name, columns, label, self.as_of.isoformat(), label.detail, origin)

    def _add_own_checkpoints(self, connection: duckdb.DuckDBPyConnection, label: Label) -> None:
        own = {"run_id": self.run_id, "data_status": label.status, "data_status_detail": label.detail}
        rows = [{**asdict(checkpoint), **own} for checkpoint in self.checkpoints]
        if rows:
            connection.register("own_checkpoints", pa.Table.from_pylist(rows))
            connection.execute('insert into "control"."checkpoints" by name from own_checkpoints')
            connection.unregister("own_checkpoints")

    def _take_over(
        self, connection: duckdb.DuckDBPyConnection, schema: str, name: str, columns: Sequence[str]
    ) -> PublishedTable:
        """Write a table as it was last published; its label says of which day it is, and why."""
        address = _address(schema, name)
        before = self.earlier.tables[address]
        then = f", then {before['built_detail']}" if before["built_detail"] else ""
        label = Label(self.labels[address].status, f"as of {before['as_of']}{then}: {self.labels[address].detail}")
        origin = f'earlier."{schema}"."{name}"'
        connection.execute(
            f'create table "{schema}"."{name}" as select * replace (?::varchar as data_status, '
            f"?::varchar as data_status_detail) from {origin}",
            [label.status, label.detail],
        )
        columns = [column for column in columns if column not in LABEL_COLUMNS]
        return self._finish(connection, schema, name, columns, label, before["as_of"], before["built_detail"], origin)

    def _finish(
        self,
        connection: duckdb.DuckDBPyConnection,
        schema: str,
        name: str,
        columns: Sequence[str],
        label: Label,
        as_of: str,
        built_detail: str,
        origin: str | None,
    ) -> PublishedTable:
        """Export and measure a table that has been written, and compare it with its origin, if it has one."""
        parquet = self.version / "parquet" / schema / f"{name}.parquet"
        connection.execute(f'copy "{schema}"."{name}" to \'{_quoted(parquet)}\' (format parquet)')
        if origin:
            self._check(connection, _address(schema, name), origin, f'"{schema}"."{name}"', parquet)
        rows, content_hash = _content(connection, schema, name, columns, label)
        return PublishedTable(
            schema,
            name,
            rows,
            content_hash,
            str(parquet.relative_to(self.version)),
            _sha256(parquet),
            label.status,
            label.detail,
            as_of,
            built_detail,
        )

    def _describe(self, connection: duckdb.DuckDBPyConnection, tables: Iterable[PublishedTable]) -> None:
        """Say in the file what its tables and columns mean; all at once: a commit takes longer than a comment."""
        columns = _tables_to_publish(connection, Path(DATABASE).stem)
        connection.execute("begin transaction")
        for table in tables:
            address, named = _address(table.schema, table.name), f'"{table.schema}"."{table.name}"'
            comments = {f"table {named}": self.descriptions.get(address)}
            for column in columns[table.schema, table.name]:
                text = self.descriptions.get(f"{address}.{column}") or LABEL_COLUMNS.get(column)
                comments[f'column {named}."{column}"'] = text
            for subject, text in comments.items():
                if text:
                    connection.execute(f"comment on {subject} is '{_quoted(text)}'")
        connection.execute("commit")

    def _check(
        self, connection: duckdb.DuckDBPyConnection, address: str, origin: str, written: str, parquet: Path
    ) -> None:
        """The publish checkpoint: rows and control totals of the table and of its Parquet are those of its origin."""
        columns = amount_columns(connection, written)
        before = totals_of(connection, origin, columns)
        if columns:
            self.totals[address] = before
        for place, relation in (("", written), (" in Parquet", f"read_parquet('{_quoted(parquet)}')")):
            after = totals_of(connection, relation, columns)
            if after != before:
                finding = f"{before.describe()} before publication, {after.describe()} published{place}"
                break
        self.checkpoints.append(
            Checkpoint(
                PUBLISH,
                address,
                is_passed=after == before,
                finding=finding if after != before else None,
                rows_in=before.rows,
                rows_out=after.rows,
            )
        )


def _tables_to_publish(connection: duckdb.DuckDBPyConnection, database: str) -> dict[tuple[str, str], list[str]]:
    """Return the columns of every table of a database to hand over, by schema and name."""
    # One question for all tables: the catalogue answers each as slowly as it answers all.
    found = connection.execute(
        "select columns.schema_name, columns.table_name, list(columns.column_name order by columns.column_name) "
        "from duckdb_columns() as columns inner join duckdb_tables() as tables on columns.table_oid = tables.table_oid "
        "and columns.database_name = tables.database_name "
        "where columns.database_name = ? and columns.schema_name in (select unnest(?)) group by all order by all",
        [database, list(PUBLISHED_SCHEMAS)],
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


def _address(schema: str, name: str) -> str:
    return f"{schema}.{name}"


def _quoted(text: object) -> str:
    return str(text).replace("'", "''")
