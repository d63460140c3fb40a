"""The models that decide which records are one customer, run as dbt compiles them on records of a test."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pyarrow as pa

from finance_assets.control.store import ControlStore
from finance_assets.lib.customer_matching import score_pairs
from finance_assets.lib.records import records
from tests.dbt_project.empty_warehouse import DBT_PROJECT, create_empty_tables

_FOLDER = DBT_PROJECT / "models/canonical/reference"
_SEEDS = DBT_PROJECT / "seeds/reference"
# Each reads the ones before it.
MODELS = (
    "mappings/map_customers",
    "mappings/map_customer_separations",
    "golden_customers/customer_identity_slices",
    "golden_customers/customer_unit_separations",
    "golden_customers/customer_match_records",
    "golden_customers/customer_domains",
    "golden_customers/customer_match_pairs",
    "golden_customers/customer_match_scores",
    "golden_customers/customer_links",
    "golden_customers/customer_anchors",
    "golden_customers/customer_key_slices",
    "golden_customers/customer_ids",
    "customer_slices",
    "golden_customers/customer_aliases",
    "golden_customers/customer_match_cases",
)
_SAID = ("customer_key", "customer_id")
Render = Callable[..., str]
_RECORD = {
    "source_role": None,
    "source_instance": None,
    "source_customer_id": None,
    "customer_name": None,
    "country_code": None,
    "tax_id": None,
    "lei": None,
    "email_domain": None,
    "street": None,
    "postal_code": None,
    "city": None,
    "phone": None,
    "parent_source_customer_id": None,
    "is_deleted": False,
}


@dataclass
class GoldenCustomers:
    """One warehouse, in which nights follow each other."""

    connection: duckdb.DuckDBPyConnection
    render: Render
    store: ControlStore

    @classmethod
    def of(cls, render: Render, folder: Path) -> GoldenCustomers:
        """Make an empty warehouse with the seeds in it, and a control store in the folder."""
        connection = duckdb.connect()
        create_empty_tables(connection)
        connection.execute("create schema canonical")
        connection.execute("create schema reference")
        for name, types in {
            "legal_forms": {},
            "free_mail_domains": {},
            "customer_match_thresholds": {"minimum_score": "decimal(9, 8)"},
            "customer_match_weights": {"m_probability": "decimal(9, 8)", "u_probability": "decimal(9, 8)"},
        }.items():
            listed = ", ".join(f"'{column}': '{kind}'" for column, kind in types.items())
            typed = f", types = {{{listed}}}" if types else ""
            connection.execute(
                f"create table reference.{name} as from read_csv('{_SEEDS / name}.csv', header = true{typed})"
            )
        return cls(connection, render, ControlStore.in_file(folder / "control.sqlite"))

    def records(self, rows: pa.Table | Iterable[Mapping[str, Any]]) -> None:
        """Make these the records of all systems."""
        if not isinstance(rows, pa.Table):
            rows = pa.Table.from_pylist([{**_RECORD, **row} for row in rows])
        columns = {name: rows.column(name) for name in rows.column_names}
        texts = [name for name in _RECORD if name not in ("is_deleted",)]
        listed = ", ".join(f"cast({name} as varchar) as {name}" for name in texts)
        self.connection.register("given", pa.table(columns))
        self.connection.execute(
            f"""
            create or replace table canonical.all_customers as
            select {listed}, cast(is_deleted as boolean) as is_deleted, 'load' as load_id,
                timestamp '2026-01-01' as recorded_at
            from given
            """
        )

    def decide(self, mapping: str, *rows: Mapping[str, str]) -> None:
        """Make these the approved rows of a mapping."""
        self.connection.execute(f"delete from mappings.{mapping}")
        for row in rows:
            whole = {"valid_from": "2000-01-01", "proposed_by": "ann", "approved_by": "bob", "reason": "asked", **row}
            self.connection.execute(
                f"insert into mappings.{mapping} ({', '.join(whole)}) values ({', '.join('?' * len(whole))})",
                list(whole.values()),
            )

    def build(self, as_of: date, models: Iterable[str] = MODELS) -> None:
        """Build the models as of a day."""
        for model in models:
            name = Path(model).name
            if name == "customer_match_scores":
                tables = [
                    self.connection.execute(f"from {table}").to_arrow_table()
                    for table in (
                        "canonical.customer_match_records",
                        "canonical.customer_match_pairs",
                        "reference.customer_match_weights",
                    )
                ]
                self.connection.register("scored", score_pairs(*tables))
                self.connection.execute("create or replace table canonical.customer_match_scores as from scored")
                continue
            sql = compiled(self.render, model)
            sql = re.sub(r"cast\('2999-12-31' as date\)", f"cast('{as_of}' as date)", sql)
            self.connection.execute(f"create or replace table canonical.{name} as {sql}")

    def night(self, as_of: date) -> None:
        """Run a night: it reads what the nights before it left in the control store, and leaves what it publishes."""
        ids = [dict(row) for row in self.store.customer_ids_before(as_of)]
        self.connection.execute("delete from control.customer_ids")
        if ids:
            self.connection.executemany(
                "insert into control.customer_ids values (?, ?, ?, ?, ?)",
                [[row[name] for name in ("as_of", "source_instance", "source_customer_id", *_SAID)] for row in ids],
            )
        self.build(as_of)
        found = records(
            self.connection,
            """
            select source_instance, source_customer_id, customer_key, customer_id from canonical.customer_slices
            where ? >= valid_from and ? < valid_to
            """,
            [as_of, as_of],
        )
        run_id = f"{as_of}-{uuid4()}"
        self.store.begin_run(run_id, "company", as_of, "version")
        self.store.record_customers(run_id, as_of, found, [])
        self.store.finish_run(run_id)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self.connection.execute(query).fetchall()


_COMPILED: dict[str, str] = {}


def compiled(render: Render, model: str) -> str:
    """The SQL of a model, for a day that is put in later."""
    if model not in _COMPILED:
        _COMPILED[model] = render((_FOLDER / f"{model}.sql").read_text(encoding="utf-8"), as_of="2999-12-31")
    return _COMPILED[model]
