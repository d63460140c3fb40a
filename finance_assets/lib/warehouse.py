"""The build warehouse before dbt: what the gates let through, the company's mappings, a copy of the control store."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from dlt_sources.registry import load_systems
from dlt_sources.spec import ResourceSpec, SystemSpec
from finance_assets.control.periods import PeriodState
from finance_assets.control.store import AcceptedResource
from finance_assets.lib.data_dir import DataDir
from finance_assets.lib.dbt_manifest import DbtManifest
from finance_assets.lib.degradation import consumer_sources
from finance_assets.lib.failures import CheckpointBroken, StepFailed
from finance_assets.lib.lineage import LANDED_PREFIX
from finance_assets.lib.mappings import read_mappings
from finance_assets.lib.night import Night
from finance_assets.lib.sources import source_status
from finance_assets.lib.versions import (
    SINCE,
    SINCE_LOAD,
    SINCE_SEQUENCE,
    VERSIONS_SCHEMA,
    columns_of_versions,
    compare_loads,
    current_after,
    current_rows,
    is_removed_after,
    known_after,
)

# A dbt process that a killed run left behind finishes what it was doing first.
LOCK_PATIENCE_SECONDS = 120
LOCK_POLL_SECONDS = 0.5
FILES_AT_ONCE = 2
LANDING_PREFIX = "landing_"

# What the landed views add to a source's own columns; dbt's macro landing_columns() lists the same.
_LANDED_COLUMNS = {
    "source_instance": "varchar",
    "load_id": "varchar",
    "load_sequence": "bigint",
    "recorded_at": "timestamp",
    "is_removed": "boolean",
}
CONTROL_SCHEMA, MAPPINGS_SCHEMA = "control", "mappings"
_AMOUNT = pa.decimal128(28, 4)
# Without a zone: the warehouse's timestamps are all UTC.
_UTC = pa.timestamp("us")
CONTROL_TABLES = {
    "accepted_loads": pa.schema(
        {
            "load_id": pa.string(),
            "instance": pa.string(),
            "system": pa.string(),
            "resource": pa.string(),
            "load_sequence": pa.int64(),
            "as_of": pa.date32(),
            "load_mode": pa.string(),
        }
    ),
    # What stands behind a landed table: `state` changes whenever its rows do.
    "landed_states": pa.schema(
        {"address": pa.string(), "instance": pa.string(), "rows": pa.int64(), "state": pa.string()}
    ),
    "source_status": pa.schema(
        {
            "source_instance": pa.string(),
            "system": pa.string(),
            "state": pa.string(),
            "as_of": pa.date32(),
            "age_days": pa.int32(),
            "last_load_id": pa.string(),
            "rows": pa.int64(),
            "reason": pa.string(),
        }
    ),
    # Who reads which instance. Without what a load is called: the same states again are no news.
    "consumer_sources": pa.schema(
        {
            "consumer": pa.string(),
            "layer": pa.string(),
            "consumer_owner": pa.string(),
            "is_by_entity": pa.bool_(),
            "source_instance": pa.string(),
            "system": pa.string(),
            "source_kind": pa.string(),
            "source_owner": pa.string(),
            "state": pa.string(),
            "age_days": pa.int32(),
        }
    ),
    "exceptions": pa.schema(
        {
            "exception_id": pa.string(),
            "type": pa.string(),
            "natural_key": pa.string(),
            "entity_code": pa.string(),
            "period_month": pa.date32(),
            "amount_transaction": _AMOUNT,
            "transaction_currency": pa.string(),
            "amount_at_risk_group": _AMOUNT,
            "group_currency": pa.string(),
            "severity": pa.string(),
            "owner": pa.string(),
            "description": pa.string(),
            "source_instance": pa.string(),
            "status": pa.string(),
            "first_seen": pa.date32(),
            "last_seen": pa.date32(),
            "cleared_as_of": pa.date32(),
            "next_step": pa.string(),
            "assignee": pa.string(),
            "due_date": pa.date32(),
            "due_at": _UTC,
            "warn_at": _UTC,
            "sla_status": pa.string(),
            "decided_as_of": pa.date32(),
            "resolution": pa.string(),
            "waiver_reason": pa.string(),
            "waiver_until": pa.date32(),
            "waiver_requested_by": pa.string(),
            "waiver_approved_by": pa.string(),
        }
    ),
    "exception_history": pa.schema(
        {
            "exception_id": pa.string(),
            "change_number": pa.int32(),
            "event": pa.string(),
            "as_of": pa.date32(),
            "changed_by": pa.string(),
            "from_status": pa.string(),
            "to_status": pa.string(),
            "reason": pa.string(),
            "changes": pa.string(),
            "run_id": pa.string(),
            "changed_at": _UTC,
        }
    ),
    "period_status": pa.schema(
        {
            "entity_code": pa.string(),
            "module": pa.string(),
            "period_month": pa.date32(),
            "status": pa.string(),
            "signed_by": pa.string(),
            "approved_by": pa.string(),
            "as_of": pa.date32(),
            "reason": pa.string(),
        }
    ),
    "period_history": pa.schema(
        {
            "entity_code": pa.string(),
            "module": pa.string(),
            "period_month": pa.date32(),
            "change_number": pa.int32(),
            "event": pa.string(),
            "as_of": pa.date32(),
            "changed_by": pa.string(),
            "from_status": pa.string(),
            "to_status": pa.string(),
            "reason": pa.string(),
            "changes": pa.string(),
            "run_id": pa.string(),
            "changed_at": _UTC,
        }
    ),
    # Of the run, up to where it has come; how readers see it, the publication adds its own.
    "checkpoints": pa.schema(
        {
            "run_id": pa.string(),
            "checkpoint": pa.string(),
            "subject": pa.string(),
            "source_instance": pa.string(),
            "amount_name": pa.string(),
            "currency_code": pa.string(),
            "rows_in": pa.int64(),
            "rows_out": pa.int64(),
            "amount_in": _AMOUNT,
            "amount_out": _AMOUNT,
            "is_passed": pa.bool_(),
            "finding": pa.string(),
        }
    ),
    # What was signed and still has to be so.
    "signed_figures": pa.schema(
        {
            "entity_code": pa.string(),
            "module": pa.string(),
            "period_month": pa.date32(),
            "figure_key": pa.string(),
            "currency_code": pa.string(),
            "amount_debit": _AMOUNT,
            "amount_credit": _AMOUNT,
            "amount_closing": _AMOUNT,
        }
    ),
    # What the nights before this one have published.
    "customer_ids": pa.schema(
        {
            "as_of": pa.date32(),
            "source_instance": pa.string(),
            "source_customer_id": pa.string(),
            "customer_key": pa.string(),
            "customer_id": pa.string(),
        }
    ),
    "customer_parents": pa.schema(
        {"as_of": pa.date32(), "customer_id": pa.string(), "parent_customer_id": pa.string()}
    ),
    "approved_mapping_rows": pa.schema(
        {
            "as_of": pa.date32(),
            "mapping_name": pa.string(),
            "mapping_key": pa.string(),
            "decision": pa.string(),
        }
    ),
}


def expose(night: Night, manifest: DbtManifest) -> dict[str, int]:
    """Rebuild what dbt reads: schemas `landed_<system>`, `mappings`, `control`. Return the rows of each table in them.

    The state of every instance is recorded with the run. Raises ConfigurationError for a mapping file that cannot be
    read, StepFailed when landing has lost rows or the warehouse stays locked.
    """
    _compare_loads(night)
    accepted = night.store.accepted_resources(night.company.instances, night.as_of)
    mappings = read_mappings(night.company.mappings, manifest.source_columns(MAPPINGS_SCHEMA))
    with _open(night.data_dir) as connection:
        _drop_what_dbt_no_longer_builds(connection, manifest)
        _replace_control_table(connection, "accepted_loads", [asdict(row) for row in accepted])
        landed = _replace_landed_views(connection, night, accepted)
        _replace_control_table(connection, "landed_states", landed)
        for name, table in mappings.items():
            _replace_table(connection, MAPPINGS_SCHEMA, name, table)
        statuses = source_status(night, accepted, _sums(landed, "instance"))
        _replace_control_table(connection, "source_status", [asdict(status) for status in statuses])
        readers = consumer_sources(manifest, statuses)
        _replace_control_table(connection, "consumer_sources", readers)
        decisions = _replace_work_queue(connection, night) | _replace_periods(connection, night)
        decisions |= _replace_remembered(connection, night)
        checkpoints = night.store.checkpoints(night.run_id)
        _replace_control_table(connection, "checkpoints", checkpoints)
    night.store.record_source_status(night.run_id, statuses)
    control = {
        "accepted_loads": len(accepted),
        "source_status": len(statuses),
        "consumer_sources": len(readers),
        "checkpoints": len(checkpoints),
        **decisions,
    }
    nothing_landed = {
        f"{landed_schema(system.name)}.{resource}": 0 for system in _systems(night) for resource in system.resources
    }
    return {
        **nothing_landed,
        **_sums(landed, "address"),
        **{f"{MAPPINGS_SCHEMA}.{name}": table.num_rows for name, table in mappings.items()},
        **{f"{CONTROL_SCHEMA}.{name}": rows for name, rows in control.items()},
    }


def refresh_decisions(night: Night) -> None:
    """Copy the work queue and the periods into the warehouse again, once they are up to what the run found."""
    with _open(night.data_dir) as connection:
        _replace_work_queue(connection, night)
        _replace_periods(connection, night)


def refresh_checkpoints(night: Night) -> None:
    """Copy the checkpoints into the warehouse again, before it is published."""
    with _open(night.data_dir) as connection:
        _replace_control_table(connection, "checkpoints", night.store.checkpoints(night.run_id))


def attachments(instances: Sequence[str], data_dir: DataDir) -> dict[str, Path]:
    """Return the landing files that exist, by the name the warehouse attaches them under."""
    files = {f"{LANDING_PREFIX}{instance}": data_dir.landing_file(instance) for instance in instances}
    return {alias: file for alias, file in files.items() if file.exists()}


def landed_schema(system: str) -> str:
    """Return the schema of the views over what all instances of a system have landed."""
    return f"{LANDED_PREFIX}{system}"


@contextmanager
def _open(data_dir: DataDir) -> Iterator[duckdb.DuckDBPyConnection]:
    data_dir.warehouse.mkdir(parents=True, exist_ok=True)
    connection = _connect(data_dir.build_file)
    try:
        yield connection
    finally:
        connection.close()


def _connect(file: Path) -> duckdb.DuckDBPyConnection:
    deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
    while True:
        try:
            return duckdb.connect(str(file))
        except duckdb.IOException as error:
            if "Could not set lock" not in str(error):
                raise
            if time.monotonic() > deadline:
                raise StepFailed(
                    f"{file} is held by another process: end it, and read the published warehouse instead ({error})"
                ) from error
            time.sleep(LOCK_POLL_SECONDS)


def _compare_loads(night: Night) -> None:
    """Bring the versions in every landing file up to its accepted loads, several files at once."""
    by_instance: dict[str, list[AcceptedResource]] = {}
    for row in night.store.accepted_resources(night.company.instances, date.max):
        by_instance.setdefault(row.instance, []).append(row)

    def compare(name: str) -> None:
        system = load_systems()[night.company.instances[name].system]
        compare_loads(night.data_dir.landing_file(name), name, system, by_instance[name])

    try:
        with ThreadPoolExecutor(FILES_AT_ONCE) as pool:
            list(pool.map(compare, by_instance))
    except CheckpointBroken as failure:
        night.store.record_checkpoints(night.run_id, failure.broken)
        raise


def _replace_landed_views(
    connection: duckdb.DuckDBPyConnection, night: Night, accepted: Sequence[AcceptedResource]
) -> list[dict[str, Any]]:
    """A view per system of the company and resource, also where nothing was landed: then it has no rows.

    Return what every instance has in them, as rows of control.landed_states.
    """
    last_loads = {row.instance: row.load_sequence for row in sorted(accepted, key=lambda row: row.load_sequence)}
    columns: dict[tuple[str, str], list[str]] = {}
    states = []
    for alias, file in attachments(list(last_loads), night.data_dir).items():
        instance = alias.removeprefix(LANDING_PREFIX)
        connection.execute(f"attach '{_literal(file)}' as {alias} (read_only)")
        system = load_systems()[night.company.instances[instance].system]
        versions = columns_of_versions(connection, alias, system)
        columns.update({(instance, resource): found for resource, found in versions.items()})
        schema = landed_schema(system.name)
        for resource, current in current_rows(connection, alias, versions, last_loads[instance]).items():
            address = f"{schema}.{resource}"
            states.append({"address": address, "instance": instance, "rows": current.rows, "state": current.state})
    for system in _systems(night):
        instances = [name for name in last_loads if night.company.instances[name].system == system.name]
        connection.execute(f"create schema if not exists {landed_schema(system.name)}")
        for resource in system.resources.values():
            parts = [
                _rows_of(name, resource, columns[name, resource.name], last_loads[name])
                for name in instances
                if (name, resource.name) in columns
            ]
            query = "\nunion all by name\n".join([_no_rows(resource), *parts])
            view = f'{landed_schema(system.name)}."{resource.name}"'
            connection.execute(f"create or replace view {view} as {query}")
    return states


def _systems(night: Night) -> list[SystemSpec]:
    return [load_systems()[name] for name in night.company.systems]


def _no_rows(resource: ResourceSpec) -> str:
    """The declared columns: the view has them whether or not anything was landed."""
    columns = {**dict.fromkeys(resource.fields, "varchar"), **_LANDED_COLUMNS}
    listed = ", ".join(f'cast(null as {data_type}) as "{name}"' for name, data_type in columns.items())
    return f"select {listed} where false"


def _rows_of(instance: str, resource: ResourceSpec, columns: Sequence[str], load_sequence: int) -> str:
    """The instance's rows that are current after its last accepted load; a load that is not accepted is not there."""
    listed = ", ".join(f'landed."{column}"' for column in columns)
    shown = known_after if resource.earlier_versions else current_after
    return f"""
        select
            {listed},
            '{instance}' as source_instance,
            landed.{SINCE_LOAD} as load_id,
            landed.{SINCE_SEQUENCE} as load_sequence,
            landed.{SINCE} as recorded_at,
            {is_removed_after(load_sequence)} as is_removed
        from {LANDING_PREFIX}{instance}.{VERSIONS_SCHEMA}."{resource.name}" as landed
        where {shown(load_sequence)}
    """


def _sums(states: Sequence[Mapping[str, Any]], by: str) -> dict[str, int]:
    """The rows of landed states, summed by one of their columns."""
    sums: dict[str, int] = {}
    for row in states:
        sums[row[by]] = sums.get(row[by], 0) + row["rows"]
    return sums


def _drop_what_dbt_no_longer_builds(connection: duckdb.DuckDBPyConnection, manifest: DbtManifest) -> None:
    """A table that nothing builds any more would be published as if it were current."""
    for schema, names in manifest.relations().items():
        found = connection.execute(
            "select table_name, table_type from information_schema.tables where table_schema = ?", [schema]
        ).fetchall()
        for name, kind in found:
            if name not in names:
                connection.execute(f'drop {"view" if kind == "VIEW" else "table"} "{schema}"."{name}"')


def _replace_work_queue(connection: duckdb.DuckDBPyConnection, night: Night) -> dict[str, int]:
    """Copy the work queue and its history; return the rows of both."""
    exceptions, history = night.store.exceptions(), night.store.whole_exception_history()
    _replace_control_table(
        connection, "exceptions", [{**row, **_naive(row, "due_at", "warn_at")} for row in exceptions]
    )
    _replace_control_table(
        connection,
        "exception_history",
        [{**row, **_naive(row, "changed_at"), "changes": json.dumps(row["changes"])} for row in history],
    )
    return {"exceptions": len(exceptions), "exception_history": len(history)}


def _replace_periods(connection: duckdb.DuckDBPyConnection, night: Night) -> dict[str, int]:
    """Copy where the periods stand, how they came there and what is signed; return the rows of each."""
    states, decisions = night.store.period_states(), night.store.period_decisions()
    numbers: Counter[tuple[Any, ...]] = Counter()
    history = []
    for row in decisions:
        numbers[key := (row["entity_code"], row["module"], row["period_month"])] += 1
        moved = {"change_number": numbers[key], "changed_by": row["decided_by"], "changed_at": row["decided_at"]}
        changes = json.dumps(row["changes"]) if row["changes"] else None
        history.append({**row, **moved, **_naive(moved, "changed_at"), "changes": changes})
    signed = [
        {
            **_period_key(state),
            **figure,
            **{name: Decimal(figure[name]) for name in figure if name.startswith("amount_")},
        }
        for state in states
        for figure in state.figures
    ]
    names = ("status", "signed_by", "approved_by", "as_of", "reason")
    rows = {
        "period_status": [{**_period_key(state), **{name: getattr(state, name) for name in names}} for state in states],
        "period_history": history,
        "signed_figures": signed,
    }
    for name, listed in rows.items():
        _replace_control_table(connection, name, listed)
    return {name: len(listed) for name, listed in rows.items()}


def _replace_remembered(connection: duckdb.DuckDBPyConnection, night: Night) -> dict[str, int]:
    """Copy what earlier nights called the customers and found approved, so that this one goes on; return the rows."""
    remembered = {
        "customer_ids": night.store.customer_ids_before(night.as_of),
        "customer_parents": night.store.customer_parents_before(night.as_of),
        "approved_mapping_rows": night.store.approved_mapping_rows_before(night.as_of),
    }
    for name, rows in remembered.items():
        _replace_control_table(connection, name, rows)
    return {name: len(rows) for name, rows in remembered.items()}


def _period_key(state: PeriodState) -> dict[str, Any]:
    period = state.period
    return {"entity_code": period.entity_code, "module": period.module, "period_month": period.month}


def _naive(row: Mapping[str, Any], *names: str) -> dict[str, datetime | None]:
    """The moments of a row in UTC, without their zone."""
    return {
        name: row[name].astimezone(UTC).replace(tzinfo=None) if row[name] and row[name].tzinfo else row[name]
        for name in names
    }


def _replace_control_table(connection: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    schema = CONTROL_TABLES[name]
    columns = {column.name: pa.array([row[column.name] for row in rows], column.type) for column in schema}
    _replace_table(connection, CONTROL_SCHEMA, name, pa.table(columns, schema))


def _replace_table(connection: duckdb.DuckDBPyConnection, schema: str, name: str, table: pa.Table) -> None:
    connection.execute(f"create schema if not exists {schema}")
    connection.register("incoming", table)
    connection.execute(f'create or replace table {schema}."{name}" as select * from incoming')
    connection.unregister("incoming")


def _literal(path: Path) -> str:
    return str(path).replace("'", "''")
