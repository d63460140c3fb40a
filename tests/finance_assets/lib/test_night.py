"""One run at a time; what a killed run left behind is put right by the next."""

from __future__ import annotations

import errno
import logging
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from dlt_sources.errors import ConfigurationError
from finance_assets.lib.failures import TransformFailed, explain, failure_class_of, full_disk_as_failure
from finance_assets.lib.landing import land_instances
from finance_assets.lib.lock import run_lock
from finance_assets.lib.night import default_as_of, select_instances
from finance_assets.lib.settings import Settings
from tests.finance_assets.conftest import BeginNight
from tests.finance_assets.fakes import FakeSources

HOLD = """
    import sys, time
    from pathlib import Path
    from finance_assets.lib.lock import run_lock
    with run_lock(Path(sys.argv[1]), "run-in-front", lambda run_id: None):
        print("held", flush=True)
        time.sleep(float(sys.argv[2]))
"""


def holder(path: Path, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(HOLD), str(path), str(seconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_run_waits_and_is_told_behind_whom(tmp_path: Path) -> None:
    process = holder(tmp_path / "lock", seconds=1)
    waits: list[str] = []
    with run_lock(tmp_path / "lock", "run-2", waits.append):
        assert process.poll() is not None or process.wait(timeout=5) == 0
    assert waits == ["run-in-front"]


def test_a_killed_run_holds_nothing(tmp_path: Path) -> None:
    process = holder(tmp_path / "lock", seconds=600)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    waits: list[str] = []
    with run_lock(tmp_path / "lock", "run-2", waits.append):
        assert waits == []


def test_a_run_that_was_killed_is_failed_by_the_next_one(begin: BeginNight, settings: Settings) -> None:
    store = settings.open_store()
    store.begin_run("killed", "acme", date(2026, 9, 30), "v1")
    store.close()
    with begin() as night:
        killed = night.store.run("killed")
    assert killed["outcome"] == "failed" and "interrupted" in killed["reason"]


def test_what_fails_in_a_step_is_recorded_with_its_class(
    begin: BeginNight, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(TransformFailed), begin() as night, night.step("canonical"):
        raise TransformFailed("model x failed")
    run = settings.open_store().run("run-1")
    assert (run["outcome"], run["failure_class"], run["reason"]) == ("failed", "transform", "model x failed")
    assert "model x failed" in caplog.text


def test_an_error_that_is_its_own_cause_is_told_and_does_not_go_round_in_circles() -> None:
    first, second = ValueError("first"), ValueError("second")
    first.__context__, second.__context__ = second, first
    assert explain(first) == "first"


def test_a_full_disk_is_named_and_fails_the_run(
    begin: BeginNight, sources: FakeSources, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("finance_assets.lib.landing._run_dlt", full)
    with begin() as night:
        with pytest.raises(Exception, match="the disk is full") as raised:
            list(land_instances(night, lambda *_: None))
        assert failure_class_of(raised.value) == "target"
        assert night.store.loads_of_run(night.run_id)["ecb"]["status"] == "failed"


@pytest.mark.parametrize(
    ("words", "free_bytes", "told"),
    [
        ("disk I/O error", 4096, "the disk is full.*free some space"),
        ("database or disk is full", 10**9, "the disk is full.*free some space"),
        ("disk I/O error", 10**9, "^disk I/O error$"),
    ],
)
def test_a_full_disk_is_named_whatever_the_tool_calls_it_and_nothing_else_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, free_bytes: int, told: str
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=free_bytes))
    with pytest.raises(Exception, match=told), full_disk_as_failure(tmp_path):
        raise sqlite3.OperationalError(words)


def test_an_error_without_words_is_still_named() -> None:
    assert explain(KeyError()) == "KeyError"


def test_systems_may_be_named_by_instance_or_by_system(settings: Settings) -> None:
    assert select_instances(settings.company, ()) == ("ecb", "ecb_mirror")
    assert select_instances(settings.company, ("ecb_mirror",)) == ("ecb_mirror",)
    with pytest.raises(ConfigurationError, match="there is no system or instance 'sap'"):
        select_instances(settings.company, ("sap",))


def test_the_day_to_run_for_is_the_one_that_has_ended_where_the_company_is(settings: Settings) -> None:
    tokyo = settings.company.model_copy(update={"time_zone": "Asia/Tokyo"})
    moment = datetime(2026, 9, 30, 17, 0, tzinfo=UTC)
    assert default_as_of(tokyo, moment) == date(2026, 9, 30)
    assert default_as_of(settings.company, moment) == date(2026, 9, 29)
    assert default_as_of(tokyo.model_copy(update={"as_of": date(2026, 1, 1)}), moment) == date(2026, 1, 1)
