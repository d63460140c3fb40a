"""Loads a snapshot without HTTP: landing files as the sources would have written them, for benches and development."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from dlt_sources.sandbox.company.group import BILLING, CRM, PLANNING, RATES, SAP
from dlt_sources.sandbox.company.world import Snapshot
from dlt_sources.sandbox.encoding import column_text
from dlt_sources.sandbox.servers.store import identifier, literal

INSTANCES = {SAP: "sap_s4hana", CRM: "salesforce", BILLING: "stripe", PLANNING: "anaplan", RATES: "ecb"}
# What the systems have and no source asks for.
_NOT_READ = frozenset({"quotes", "quote_lines"})
# The source reads the leading ledger only.
_LEDGER = {"journal_lines": "0L", "control_totals": "0L"}


def load_direct(snapshot: Snapshot, data_dir: Path, as_of: date | None = None) -> dict[str, str]:
    """Appends everything the systems show to `<data_dir>/landing/<instance>.duckdb`; returns the load id per instance.

    Every column is text as on the wire; a large table goes in in pieces, so memory stays small. Raises ValueError when
    books are kept where only a query makes the rows that a source sees, or something is billed or bought elsewhere than
    in the instances it loads.
    """
    if not snapshot.books.keeps(INSTANCES[SAP]).all():
        raise ValueError("without HTTP only books in SAP can be loaded: serve the sandbox, and run the night")
    if not snapshot.billing.bills(INSTANCES[BILLING]).all():
        raise ValueError("without HTTP only invoices from Stripe can be loaded: serve the sandbox, and run the night")
    if snapshot.procurement.buys_elsewhere().any():
        raise ValueError(
            "without HTTP only what is bought in the ERP can be loaded: serve the sandbox, and run the night"
        )
    as_of = as_of or snapshot.as_of
    folder = data_dir / "landing"
    folder.mkdir(parents=True, exist_ok=True)
    load_ids = {instance: f"direct-{instance}-{as_of}" for instance in INSTANCES}
    for instance, system in INSTANCES.items():
        with duckdb.connect(str(folder / f"{instance}.duckdb")) as connection:
            schema = identifier(f"land_{instance}")
            connection.execute(f"create schema if not exists {schema}")
            tables = snapshot.vendor(system)
            for resource in (name for name in tables if not name.startswith("_") and name not in _NOT_READ):
                for piece in _shown(tables.batches(resource), resource):
                    _append(connection, system, f"{schema}.{identifier(resource)}", piece, load_ids[instance])
    return load_ids


def _shown(pieces: Iterator[pa.Table], resource: str) -> Iterator[pa.Table]:
    """The rows and columns a source sees: its ledger, and no columns that only the simulation knows."""
    for piece in pieces:
        shown = piece.select([name for name in piece.column_names if not name.startswith("_")])
        if resource in _LEDGER:
            shown = shown.filter(pa.compute.equal(shown["Ledger"], _LEDGER[resource]))
        yield shown


def _append(connection: duckdb.DuckDBPyConnection, system: str, table: str, piece: pa.Table, load_id: str) -> None:
    connection.register("piece", piece)
    columns = {name: kind for name, kind, *_ in connection.execute("describe piece").fetchall()}
    texts = [f"{column_text(system, name, columns)} as {identifier(name)}" for name in columns]
    texts.append(f"{literal(load_id)} as _load_id")
    connection.execute(f"create table if not exists {table} as select {', '.join(texts)} from piece limit 0")
    connection.execute(f"insert into {table} by name select {', '.join(texts)} from piece")
    connection.unregister("piece")
