"""The sensor of events: what it asks for, once per batch, and when it waits."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import pytest
import yaml
from dagster import (
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    RunRequest,
    SensorDefinition,
    build_sensor_context,
)

from dlt_sources.errors import ConfigurationError
from dlt_sources.settings import Company, load_company
from finance_assets.control.store import ControlStore
from finance_assets.defs.automation import INTRADAY, sensors
from finance_assets.lib.data_dir import DataDir
from finance_assets.lib.failures import StepFailed
from finance_assets.lib.intraday import inbox_instance, next_batch, refreshable
from finance_assets.lib.keys import PUBLISHED_KEY, landing_key, table_key
from finance_assets.lib.night import begin_night
from finance_assets.lib.settings import Settings
from tests.dlt_sources.events.messages import event
from tests.finance_assets.fakes import rates_company

AS_OF = date(2026, 9, 30)
TABLES = [
    landing_key("inbox", "events"),
    landing_key("planning", "versions"),
    landing_key("rates", "rates"),
    table_key("canonical", "fct_events"),
    PUBLISHED_KEY,
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The inbox."""
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


@pytest.fixture
def company(tmp_path: Path, folder: Path) -> Company:
    """A company with an inbox, a planning system that events may ask for, and rates that they may not."""
    path = rates_company(tmp_path, "rates").path
    document = yaml.safe_load(path.read_text())
    document["instances"]["inbox"] = {
        "system": "events",
        "folder": str(folder),
        "options": {"refreshes": "planning"},
    }
    document["instances"]["planning"] = {
        "system": "anaplan",
        "base_url": "http://127.0.0.1:1/api",
        "auth_url": "http://127.0.0.1:1/auth",
        "credentials": {"user": "PLANNING_USER", "password": "PLANNING_PASSWORD"},
        "options": {"workspace": "w", "model": "m"},
    }
    path.write_text(yaml.safe_dump(document))
    return load_company(path)


@pytest.fixture
def settings(company: Company, tmp_path: Path) -> Settings:
    return Settings(company, DataDir(tmp_path / "data"))


def publish(settings: Settings, as_of: date = AS_OF) -> None:
    """What a reader sees after the night of the day, as far as events ask."""
    published = settings.data_dir.published
    published.mkdir(parents=True, exist_ok=True)
    (published / "manifest.json").write_text(json.dumps({"as_of": as_of.isoformat()}))
    settings.data_dir.published_file.touch()


@pytest.fixture
def instance() -> DagsterInstance:
    with DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def sensor(settings: Settings) -> SensorDefinition:
    publish(settings)
    (sensor,) = sensors(settings, TABLES)
    return sensor


def tick(
    sensor: SensorDefinition, instance: DagsterInstance, cursor: str | None = None
) -> tuple[list[RunRequest], str]:
    """The runs asked for, and the cursor, or the reason why none is."""
    result = sensor(build_sensor_context(instance, cursor=cursor))
    if hasattr(result, "skip_message"):
        return [], result.skip_message
    return list(result.run_requests or []), result.cursor


def test_new_files_are_one_run_of_the_inbox_and_what_comes_after_it(
    sensor: SensorDefinition, instance: DagsterInstance, folder: Path
) -> None:
    (folder / "a.jsonl").write_text(event("evt_1"))
    (folder / "b.jsonl").write_text(event("evt_2"))
    (request,), cursor = tick(sensor, instance)
    assert request.run_config["resources"]["night"]["config"] == {"joins_last_night": True, "systems": ["inbox"]}
    assert request.asset_selection == [
        landing_key("inbox", "events"), table_key("canonical", "fct_events"), PUBLISHED_KEY,
    ]  # fmt: skip
    assert request.tags["finance/event_files"] == "2"
    assert tick(sensor, instance, cursor)[0] == []


def test_the_same_files_are_the_same_batch_and_a_changed_one_is_another(
    sensor: SensorDefinition, instance: DagsterInstance, folder: Path
) -> None:
    (folder / "a.jsonl").write_text(event("evt_1"))
    (first,), cursor = tick(sensor, instance)
    (again,), _ = tick(sensor, instance)
    assert first.run_key == again.run_key
    os.utime(folder / "a.jsonl")
    assert tick(sensor, instance, cursor)[0] == []
    (folder / "a.jsonl").write_text(event("evt_2"))
    (other,), _ = tick(sensor, instance, cursor)
    assert other.run_key != first.run_key


def test_a_file_with_an_old_time_stamp_is_new_all_the_same(
    sensor: SensorDefinition, instance: DagsterInstance, folder: Path
) -> None:
    (folder / "a.jsonl").write_text(event("evt_1"))
    _, cursor = tick(sensor, instance)
    (folder / "b.jsonl").write_text(event("evt_2"))
    os.utime(folder / "b.jsonl", (1, 1))
    assert len(tick(sensor, instance, cursor)[0]) == 1


def test_the_cursor_does_not_grow_with_the_inbox(
    company: Company, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finance_assets.lib.intraday.LOOK_BACK_SECONDS", 0)
    cursor = None
    for number in range(20):
        (folder / f"{number}.jsonl").write_text(event(f"evt_{number}"))
        batch, cursor = next_batch(company, cursor)
        assert batch is not None and batch.files == 1
    assert len(json.loads(cursor)["inbox"]["files"]) < 20


def test_a_refreshed_plan_has_its_system_loaded_if_the_company_lets_events_ask_for_it(
    sensor: SensorDefinition, instance: DagsterInstance, folder: Path
) -> None:
    (folder / "a.jsonl").write_text(event(type="finance.plan.refreshed", source="rates"))
    (request,), cursor = tick(sensor, instance)
    assert request.tags["finance/instances"] == "inbox"
    (folder / "b.jsonl").write_text(event("evt_2", type="finance.plan.refreshed", source="planning"))
    (request,), _ = tick(sensor, instance, cursor)
    assert request.run_config["resources"]["night"]["config"]["systems"] == ["inbox", "planning"]
    assert landing_key("planning", "versions") in request.asset_selection
    assert landing_key("rates", "rates") not in request.asset_selection


def test_what_is_no_event_is_loaded_like_any_other_file(
    sensor: SensorDefinition, instance: DagsterInstance, folder: Path
) -> None:
    (folder / "a.jsonl").write_bytes(b"\xff\xfe{{{")
    assert len(tick(sensor, instance)[0]) == 1


def test_a_batch_behind_a_run_that_has_not_begun_waits_and_is_not_forgotten(
    sensor: SensorDefinition, instance: DagsterInstance, folder: Path
) -> None:
    (folder / "a.jsonl").write_text(event())
    run = DagsterRun(job_name=INTRADAY, run_id="waiting", status=DagsterRunStatus.NOT_STARTED)
    instance.add_run(run)
    requests, reason = tick(sensor, instance)
    assert requests == [] and "waiting for its turn" in reason
    instance.delete_run("waiting")
    assert len(tick(sensor, instance)[0]) == 1


def test_before_the_first_night_events_wait(settings: Settings, instance: DagsterInstance, folder: Path) -> None:
    (folder / "a.jsonl").write_text(event())
    (sensor,) = sensors(settings, TABLES)
    requests, reason = tick(sensor, instance)
    assert requests == [] and "no night has been published yet" in reason


def test_an_inbox_that_is_not_mounted_is_a_reason_to_wait(
    sensor: SensorDefinition, instance: DagsterInstance, folder: Path
) -> None:
    folder.rmdir()
    requests, reason = tick(sensor, instance)
    assert requests == [] and "there is no folder" in reason


def test_a_batch_joins_the_night_that_is_the_last_when_its_turn_comes(settings: Settings) -> None:
    with pytest.raises(StepFailed, match="no night has been published yet"), begin_night(settings, "r0", None):
        pass
    publish(settings, date(2026, 9, 29))
    publish(settings, AS_OF)
    with begin_night(settings, "r1", None, ("inbox",)) as night:
        assert (night.as_of, night.instances) == (AS_OF, ("inbox",))


def test_a_batch_does_not_publish_behind_a_night_that_was_not_published(settings: Settings) -> None:
    publish(settings, AS_OF)
    with begin_night(settings, "closed", date(2026, 10, 1)) as night:
        night.store.sync_exceptions("closed", night.as_of, [])
    with (
        pytest.raises(StepFailed, match="night of 2026-10-01 was not published"),
        begin_night(settings, "r1", None),
    ):
        pass
    store: ControlStore = settings.open_store()
    assert store.run("r1") is None
    store.close()


def test_a_company_without_an_inbox_has_no_sensor(tmp_path: Path) -> None:
    assert sensors(Settings(rates_company(tmp_path, "ecb"), DataDir(tmp_path / "data")), TABLES) == []


def test_what_the_company_file_says_wrong_is_said_in_words(company: Company, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="'rates' is no inbox"):
        inbox_instance(company, "rates")
    with pytest.raises(ConfigurationError, match="there is no inbox"):
        inbox_instance(rates_company(tmp_path, "ecb"), None)
    inbox = company.instances["inbox"].model_copy(update={"options": {"refreshes": "planing"}})
    with pytest.raises(ConfigurationError, match="refreshes: there is no 'planing'"):
        refreshable(company.model_copy(update={"instances": {**company.instances, "inbox": inbox}}))
