"""Shuffled, repeated and late events end in the tables that ordered ones give, however they were split into loads."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlt_sources.build import build_source
from dlt_sources.registry import load_systems
from dlt_sources.settings import Instance
from finance_assets.control.store import AcceptedResource
from finance_assets.lib.versions import compare_loads
from tests.dbt_project.conftest import ParsedProject
from tests.dlt_sources.dropped import rows_of
from tests.dlt_sources.events.messages import event

INBOX, SYSTEM = "inbox", load_systems()["events"]
MODELS = (
    "base_events__events",
    "stg_events__events",
    "events__rejected",
    "int_events__events_conformed",
    "int_events__rejected_rows_conformed",
    "all_events",
    "fct_events",
)
# By which carriage a row came, and when.
CARRIAGE = "load_id, recorded_at"
FIRST_DAY = date(2026, 10, 1)

Load = list[list[str]]
"""Files of lines that one load finds."""


@pytest.fixture(scope="module")
def models(project: ParsedProject) -> list[tuple[str, str]]:
    """Schema.name and SQL of every model from landing to the facts, in the order they are built."""
    nodes = {node["name"]: node for node in project.manifest["nodes"].values() if node["resource_type"] == "model"}
    return [
        (f"{nodes[name]['schema']}.{name}", project.render(nodes[name]["raw_code"], as_of="2026-10-01"))
        for name in MODELS
    ]


@contextmanager
def warehouse(models: Sequence[tuple[str, str]], loads: Sequence[Load]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Read the files of every load through the source, compare the loads, and build the models over what is current."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        inbox, landing = Path(folder) / "inbox", Path(folder) / "inbox.duckdb"
        inbox.mkdir()
        cursors: dict[str, str] = {}
        accepted = []
        for number, files in enumerate(loads, start=1):
            for place, lines in enumerate(files):
                (inbox / f"{number}_{place}.jsonl").write_text("\n".join(lines))
            load_id, as_of = f"{INBOX}-{number}", FIRST_DAY + timedelta(days=number)
            instance = Instance(name=INBOX, system=SYSTEM.name, folder=str(inbox))
            source = build_source(SYSTEM, instance, as_of, load_id, cursors)
            rows = rows_of(source)["events"]
            cursors = source.extraction.cursors
            _land(landing, rows)
            accepted.append(
                AcceptedResource(load_id, INBOX, SYSTEM.name, "events", number, as_of, "incremental", len(rows))
            )
            compare_loads(landing, INBOX, SYSTEM, accepted)
        _expose(connection, landing)
        for address, sql in models:
            connection.execute(f"create schema if not exists {address.partition('.')[0]}")
            connection.execute(f"create or replace view {address} as {sql}")
        yield connection


def _land(landing: Path, rows: list[dict[str, str | None]]) -> None:
    with duckdb.connect(str(landing)) as connection:
        columns = ", ".join(f'"{name}" varchar' for name in [*SYSTEM.resources["events"].fields, "_load_id"])
        connection.execute(f"create schema if not exists land_{INBOX}")
        connection.execute(f"create table if not exists land_{INBOX}.events ({columns})")
        for row in rows:
            connection.execute(f"insert into land_{INBOX}.events values ({', '.join('?' * len(row))})", [*row.values()])


def _expose(connection: duckdb.DuckDBPyConnection, landing: Path) -> None:
    connection.execute("create schema landed_events; create schema reference; create schema canonical")
    connection.execute("create table reference.currencies as select 'EUR' as currency_code")
    connection.execute(
        "create table canonical.entity_crosswalk (source_instance varchar, source_entity_id varchar, "
        "entity_id varchar, entity_code varchar, valid_from date, valid_to date)"
    )
    connection.execute(f"attach '{landing}' as landing (read_only)")
    connection.execute(
        f"create view landed_events.events as select * exclude (_since_load, _since_sequence, _since, _ended_sequence, "
        f"_removed_sequence), '{INBOX}' as source_instance, _since_load as load_id, _since_sequence as load_sequence, "
        "_since as recorded_at, false as is_removed from landing.versions.events where _ended_sequence is null"
    )


def tables(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple]]:
    """What the events come to: the facts, and what is rejected for another reason than that it came twice."""
    return {
        "facts": connection.execute(
            f"select * exclude ({CARRIAGE}) from canonical.fct_events order by event_id"
        ).fetchall(),
        "rejected": connection.execute(
            "select distinct rejection_reason from staging.events__rejected "
            "where rejection_reason not like 'duplicate: %' order by all"
        ).fetchall(),
    }


# Few records, moments and versions, so that every kind of tie occurs; and ids that are given to two events.
EVENTS = st.lists(
    st.builds(
        lambda number, subject, kind, minute, version, amount: event(
            f"evt_{number}",
            subject=subject,
            type=f"finance.{kind}.changed",
            time=f"2026-10-01T09:0{minute}:00+0{minute}:00",
            data={"version": version, "amount": amount},
        ),
        number=st.integers(1, 6),
        subject=st.sampled_from(["in_1", "in_2"]),
        kind=st.sampled_from(["invoice", "payment"]),
        minute=st.integers(0, 2),
        version=st.integers(0, 2),
        amount=st.sampled_from(["1.00", "2", "x"]),
    ),
    min_size=1,
    max_size=8,
)


@st.composite
def sent(draw: st.DrawFn) -> tuple[list[str], list[Load]]:
    """Events in the order they happened, and the same ones in any order, some again, in any files of any loads."""
    events = draw(EVENTS)
    ordered = sorted(set(events), key=lambda line: line.split('"time": ')[1])
    again = draw(st.lists(st.sampled_from(events), max_size=4))
    shuffled = draw(st.permutations([*events, *again]))
    loads: list[Load] = [[]]
    for line in shuffled:
        split = draw(st.sampled_from(["line", "line", "file", "load"]))
        if split == "load" and loads[-1]:
            loads.append([[line]])
        elif split == "file" or not loads[-1]:
            loads[-1].append([line])
        else:
            loads[-1][-1].append(line)
    return ordered, loads


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent())
def test_any_order_repetition_and_split_gives_the_state_that_ordered_events_give(
    models: list[tuple[str, str]], events: tuple[list[str], list[Load]]
) -> None:
    ordered, loads = events
    with warehouse(models, [[ordered]]) as expected, warehouse(models, loads) as found:
        assert tables(found) == tables(expected)
        lines = sum(len(file) for load in loads for file in load)
        accepted, rejected = (
            found.execute(f"select count(*) from {name}").fetchone()[0]
            for name in ("canonical.fct_events", "staging.events__rejected")
        )
        assert accepted + rejected == lines


def test_a_late_event_changes_nothing_that_a_newer_one_has_said(models: list[tuple[str, str]]) -> None:
    newer = event("evt_2", time="2026-10-01T10:00:00Z", data={"amount": "20.00"})
    older = event("evt_1", time="2026-10-01T09:00:00Z", data={"amount": "10.00"})
    state = "select amount_transaction from canonical.fct_events where is_latest_of_record"
    with warehouse(models, [[[newer]], [[older]]]) as late, warehouse(models, [[[older]], [[newer]]]) as ordered:
        assert late.execute(state).fetchall() == ordered.execute(state).fetchall() == [(20,)]
        assert late.execute("select count(*) from canonical.fct_events").fetchone() == (2,)
