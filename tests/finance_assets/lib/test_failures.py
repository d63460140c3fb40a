"""Every failure has a class, an owner and a next step, is kept in the control store and is told once while it lasts."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner
from sqlalchemy.exc import OperationalError

from dlt_sources.errors import ContractBreach, MissingSecret, SourceError, SourceRefused, SourceUnavailable
from finance_assets.cli.commands import main
from finance_assets.control.store import ControlStore
from finance_assets.lib import transform
from finance_assets.lib.alerts import WEBHOOK_VARIABLE, raise_alerts
from finance_assets.lib.failures import StepFailed, TransformFailed
from finance_assets.lib.landing import land_instances
from finance_assets.lib.night import Night, record_failed_start
from finance_assets.lib.publish import publish
from finance_assets.lib.settings import COMPANY_VARIABLE, DATA_DIR_VARIABLE, Settings
from finance_assets.lib.transform import Dbt
from tests.finance_assets.conftest import BeginNight
from tests.finance_assets.control.test_exceptions import found
from tests.finance_assets.fakes import FakeSources
from tests.finance_assets.small_project import CANONICAL, small_project

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 9, day) for day in (28, 29, 30))
SOURCE_OWNER, PLATFORM = "Group Treasury", "Finance Integration"
SOURCES: dict[str, tuple[type[SourceError], str, str]] = {
    "outage": (SourceUnavailable, "no answer within 60 s", "tries again by itself"),
    "bad credentials": (SourceRefused, "401: the password is wrong", "check the credentials"),
    "429 exhausted": (SourceUnavailable, "429: still throttled after 5 attempts", "tries again by itself"),
    "malformed page": (SourceUnavailable, "page 3 is no JSON", "tries again by itself"),
    "schema change": (ContractBreach, "field rate is in none of 40 rows", "release notes"),
    "missing secret": (MissingSecret, "ECB_KEY is not set", "set the variable"),
}


@pytest.fixture
def status(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, Any]]:
    """What `finance status` tells, after a look at what it shows to a person."""
    monkeypatch.setenv(COMPANY_VARIABLE, str(settings.company.path))
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(settings.data_dir.root))

    def ask() -> dict[str, Any]:
        assert "Incidents" in CliRunner().invoke(main, ["status"]).output
        return json.loads(CliRunner().invoke(main, ["status", "--json"]).output)

    return ask


def land(night: Night) -> None:
    with night.step("landing"):
        list(land_instances(night, lambda *_: None))


def told(settings: Settings) -> list[dict[str, Any]]:
    file = settings.data_dir.alerts_file
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.mark.parametrize("fault", [*SOURCES, "rejected load"])
def test_a_failure_of_a_source_is_the_source_owners(
    fault: str, begin: BeginNight, sources: FakeSources, settings: Settings, status: Callable[[], dict[str, Any]]
) -> None:
    if fault in SOURCES:
        sources.error, message, next_step = SOURCES[fault]
        sources.fails["ecb"] = message
    else:
        sources.rates["ecb"], message, next_step = (
            [(None, "USD", "1.1")],
            "rejected by its gate",
            "the next load that is accepted",
        )
    with begin() as night:
        land(night)
    load = settings.open_store().loads_of_run("run-1")["ecb"]
    assert load["failure_class"] == "source" and message in load["reason"]
    [incident] = status()["incidents"]
    assert (incident["failure_class"], incident["subject"], incident["owner"]) == ("source", "ecb", SOURCE_OWNER)
    [alert] = told(settings)
    assert (alert["kind"], alert["failure_class"], alert["amount"]) == ("new", "source", None)
    assert message in alert["reason"] and next_step in alert["next_step"]


def compile_error(night: Night, folder: Path, patch: pytest.MonkeyPatch) -> None:
    project = small_project(folder / "project")
    (project / CANONICAL).write_text("select {{ no_such_macro() }}")
    patch.setattr(transform, "DBT_PROJECT", project)
    dbt = Dbt(night.company, night.data_dir)
    night.data_dir.warehouse.mkdir(parents=True)
    list(dbt.build(night.as_of, {"model.finance.fct_rates"}))


def data_test(night: Night, folder: Path, patch: pytest.MonkeyPatch) -> None:
    project = small_project(folder / "project")
    (project / CANONICAL).write_text("select 1 as number")
    (project / "tests" / "number_is_two.sql").write_text("select * from {{ ref('fct_rates') }} where number <> 2")
    patch.setattr(transform, "DBT_PROJECT", project)
    dbt = Dbt(night.company, night.data_dir)
    night.data_dir.warehouse.mkdir(parents=True)
    list(dbt.build(night.as_of, {"model.finance.fct_rates", "test.finance.number_is_two"}))


def unwritable_folder(night: Night, folder: Path, patch: pytest.MonkeyPatch) -> None:
    with duckdb.connect(str(folder / "build.duckdb")) as connection:
        connection.execute("create schema marts; create table marts.sales as select 1 as id")
    night.data_dir.published.mkdir(parents=True)
    (night.data_dir.published / "versions").write_text("in the way")
    publish(
        folder / "build.duckdb", night.data_dir.published, run_id=night.run_id, as_of=night.as_of,
        close_gate_passed=True, labels={}, descriptions={}, facts={},
    )  # fmt: skip


def full_disk(night: Night, folder: Path, patch: pytest.MonkeyPatch) -> None:
    raise TransformFailed("fct_rates: No space left on device") from OSError(errno.ENOSPC, "No space left on device")


OURS = {
    "dbt compile error": (compile_error, "transform", "no_such_macro", "finance status"),
    "data test failure": (data_test, "transform", "number_is_two", "finance status"),
    "publication folder not writable": (unwritable_folder, "target", "could not be written", "put it right"),
    "disk full": (full_disk, "target", "the disk is full", "put it right"),
}


@pytest.mark.parametrize("fault", OURS)
def test_a_failure_on_our_side_is_the_platforms(
    fault: str, begin: BeginNight, settings: Settings, tmp_path: Path, status: Callable[[], dict[str, Any]]
) -> None:
    fail, failure_class, said, next_step = OURS[fault]
    with pytest.MonkeyPatch.context() as patch, suppress(Exception), begin() as night, night.step("step"):
        fail(night, tmp_path, patch)
    report = status()
    assert (report["outcome"], report["failure_class"]) == ("failed", failure_class) and said in report["reason"]
    [incident] = report["incidents"]
    assert (incident["failure_class"], incident["owner"], incident["severity"]) == (failure_class, PLATFORM, "high")
    [alert] = told(settings)
    assert said in alert["reason"] and next_step in alert["next_step"]


def test_a_project_that_cannot_be_read_fails_a_run_that_never_began(settings: Settings) -> None:
    record_failed_start(settings, MONDAY, TransformFailed("dbt failed: a file is no YAML"))
    run = settings.open_store().latest_run()
    assert (run["outcome"], run["failure_class"], run["reason"]) == (
        "failed", "transform", "dbt failed: a file is no YAML",
    )  # fmt: skip
    assert [alert["failure_class"] for alert in told(settings)] == ["transform"]


def test_a_control_store_that_is_down_is_told_though_nothing_can_be_kept(
    begin: BeginNight, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(_: Settings) -> ControlStore:
        raise OperationalError("select 1", {}, Exception("connection refused"))

    monkeypatch.setattr(Settings, "open_store", down)
    with pytest.raises(StepFailed, match="the control store cannot be reached"), begin():
        pass
    [alert] = told(settings)
    assert (alert["failure_class"], alert["subject"], alert["owner"]) == ("target", "the control store", PLATFORM)


def test_a_webhook_that_is_down_fails_no_night_and_is_an_incident_until_it_answers(
    begin: BeginNight, settings: Settings, sources: FakeSources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(WEBHOOK_VARIABLE, "http://127.0.0.1:1/token")
    sources.fails["ecb"] = "no answer"
    with begin() as night:
        land(night)
        night.store.record_outcome(night.run_id, "degraded", "ecb is stale")
    store = settings.open_store()
    assert store.run("run-1")["outcome"] == "degraded"
    [webhook] = [row for row in store.open_incidents() if row["subject"] != "ecb"]
    assert (webhook["failure_class"], webhook["owner"]) == ("target", PLATFORM) and "token" not in webhook["reason"]


def test_an_outage_of_several_nights_is_told_when_it_begins_and_when_it_ends(
    begin: BeginNight, settings: Settings, sources: FakeSources
) -> None:
    sources.fails["ecb"] = "no answer"
    for day in (MONDAY, TUESDAY):
        with begin(day) as night:
            land(night)
    with begin(TUESDAY, ("ecb_mirror",)) as night:
        land(night)
    assert [alert["kind"] for alert in told(settings)] == ["new"], "what was not tried again has not ended"
    sources.fails.clear()
    with begin(WEDNESDAY) as night:
        land(night)
    assert [(alert["kind"], alert["subject"], alert["first_seen"]) for alert in told(settings)] == [
        ("new", "ecb", "2026-09-28"),
        ("ended", "ecb", "2026-09-28"),
    ]
    assert settings.open_store().open_incidents() == []


def test_a_source_that_gets_too_old_is_one_incident_with_its_failure(
    begin: BeginNight, settings: Settings, sources: FakeSources
) -> None:
    too_old = replace(
        found("ecb"), type="source_too_old", source_instance="ecb", severity="high", description="held: x"
    )
    sources.fails["ecb"] = "no answer"
    for day, exceptions in ((MONDAY, []), (TUESDAY, [too_old]), (WEDNESDAY, [too_old])):
        with begin(day) as night:
            land(night)
            raise_alerts(night, night.store.sync_exceptions(night.run_id, day, exceptions))
    assert [(alert["kind"], alert["severity"]) for alert in told(settings)] == [
        ("new", "medium"),
        ("escalated", "high"),
    ]
    assert told(settings)[1]["exception_ids"] == ["id-ecb"] and "held: x" in told(settings)[1]["reason"]


def test_a_night_that_keeps_failing_is_told_twice_and_ends_with_the_next_publication(
    begin: BeginNight, settings: Settings
) -> None:
    for day in (MONDAY, TUESDAY, WEDNESDAY):
        with suppress(TransformFailed), begin(day) as night, night.step("canonical"):
            raise TransformFailed("model x failed")
    with begin(WEDNESDAY) as night:
        night.store.record_outcome(night.run_id, "healthy")
    assert [(alert["kind"], alert["severity"]) for alert in told(settings)] == [
        ("new", "high"),
        ("escalated", "critical"),
        ("ended", "critical"),
    ]
