"""With FINANCE_POSTGRES_URL the control store and Dagster's history live in PostgreSQL; shown on a real server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import dagster
import pytest
import yaml
from sqlalchemy import create_engine, text

from finance_assets.control.store import ControlStore
from finance_assets.lib.dagster_home import render_dagster_home
from finance_assets.lib.landing import land_instances
from finance_assets.lib.night import begin_night
from finance_assets.lib.settings import POSTGRES_VARIABLE, Settings
from tests.finance_assets.control import earlier_store
from tests.finance_assets.control.test_exceptions import MONDAY, THURSDAY, TUESDAY, WEDNESDAY, found, waive
from tests.finance_assets.control.test_upgrade import check_upgraded
from tests.finance_assets.fakes import FakeSources
from tests.postgres import running_postgres


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    """The address of a server that lives as long as these tests."""
    with running_postgres() as (address, _):
        yield address


def test_a_night_is_kept_in_postgres(settings: Settings, sources: FakeSources, postgres_url: str) -> None:
    there = replace(settings, postgres_url=postgres_url)
    with begin_night(there, "run-1", MONDAY) as night:
        assert all(landing.is_accepted for landing in land_instances(night, lambda *_: None))
        night.store.sync_exceptions("run-1", MONDAY, [found("A", amount="0.1000")])
    assert not settings.data_dir.control_file.exists()
    store = there.open_store()
    assert store.latest_run()["run_id"] == "run-1"
    assert store.cursors("ecb", date(2026, 9, 30)) == {"rates": "2026-09-28"}
    assert store.exceptions()[0]["amount_transaction"] == Decimal("0.1000")
    store.close()
    with create_engine(postgres_url).connect() as connection:
        query = "select count(*) from control_acme.loads where status = 'accepted'"
        assert connection.execute(text(query)).scalar() == 2


def test_the_work_queue_is_worked_in_postgres(postgres_url: str) -> None:
    store = ControlStore.in_postgres(postgres_url, "worked")
    for run_id, as_of in (("run-1", MONDAY), ("run-2", TUESDAY), ("run-3", THURSDAY)):
        store.begin_run(run_id, "worked", as_of, "v1")
    store.sync_exceptions("run-1", MONDAY, [found("A", due=WEDNESDAY), found("B")])
    waive(store, "id-A", until=WEDNESDAY)
    store.sync_exceptions("run-2", TUESDAY, [found("A")])
    assert {row["status"] for row in store.exceptions()} == {"waived", "cleared"}
    due_at = store.exception("id-A")["due_at"]
    assert due_at.isoformat() == "2026-09-30T16:00:00+00:00"
    store.sync_exceptions("run-3", THURSDAY, [found("A", due=WEDNESDAY)])
    told = [(line["event"], line["changed_by"], line["to_status"]) for line in store.exception_history("id-A")]
    assert told == [
        ("opened", "night", "open"),
        ("assigned", "ann", "assigned"),
        ("waiver_requested", "ann", "assigned"),
        ("waiver_approved", "bob", "waived"),
        ("reopened", "night", "reopened"),
        ("sla_breached", "night", "reopened"),
    ]
    store.close()


def test_an_earlier_store_in_postgres_is_upgraded_in_place(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("create schema control_earlier"))
        earlier_store.fill(connection.execution_options(schema_translate_map={None: "control_earlier"}))
    store = ControlStore.in_postgres(postgres_url, "earlier")
    check_upgraded(store)
    store.close()


def test_dagster_keeps_its_history_in_postgres(
    settings: Settings, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(POSTGRES_VARIABLE, postgres_url)
    monkeypatch.setenv("DAGSTER_HOME", os.environ.get("DAGSTER_HOME", ""))
    render_dagster_home(replace(settings, postgres_url=postgres_url))
    written = (settings.data_dir.dagster_home / "dagster.yaml").read_text()
    assert yaml.safe_load(written)["storage"] == {"postgres": {"postgres_url": {"env": POSTGRES_VARIABLE}}}
    assert postgres_url not in written

    @dagster.job
    def nothing() -> None:
        pass

    with dagster.DagsterInstance.from_config(str(settings.data_dir.dagster_home)) as instance:
        assert nothing.execute_in_process(instance=instance).success
        assert instance.get_runs_count() == 1
    assert not list(Path(settings.data_dir.dagster_home).rglob("runs.db"))
