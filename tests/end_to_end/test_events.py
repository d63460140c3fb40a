"""A day of events: a night, news over HTTP in any order, micro-batches, and the night that judges them."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from dagster import DagsterInstance, build_sensor_context
from pydantic import SecretStr

from dlt_sources.events.signatures import HEADER, sign
from dlt_sources.sandbox.company import build_world, news
from dlt_sources.settings import load_company
from finance_assets.definitions import load_definitions
from finance_assets.lib.data_dir import DataDir
from finance_assets.lib.settings import Settings
from tests.end_to_end.conftest import SCALE, Platform, sandbox_platform

# On the second day something is booked, billed and paid.
NIGHT_ONE, NIGHT_TWO = "2026-09-22", "2026-09-23"
SECRET = "0123456789abcdef" * 4
STATE = """
    select
        event_type, subject_instance, source_record_id, occurred_date, amount_event, event_currency, amount_nightly,
        confirmation
    from marts.mart_control__intraday_events order by all
"""


@contextmanager
def receiver(platform: Platform) -> Iterator[httpx.Client]:
    """`finance events serve` in a process of its own, and a client of it."""
    command = platform.command("events", "serve", "--company", str(platform.company_file), "--port", "0", "--json")
    environment = {**platform.env(), "FINANCE_EVENT_SECRETS": f"{'f' * 32} {SECRET}"}
    process = subprocess.Popen(command, cwd=platform.folder, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        with httpx.Client(base_url=json.loads(process.stdout.readline())["url"].removesuffix("/events")) as client:
            yield client
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
        process.stdout.close()


def send(client: httpx.Client, event: dict[str, Any]) -> int:
    body = json.dumps(event).encode()
    headers = {HEADER: sign(body, SecretStr(SECRET), int(time.time()))}
    return client.post("/events", content=body, headers=headers).status_code


def told_on(day: date) -> list[dict[str, Any]]:
    """What the systems tell on the day."""
    snapshot = build_world(7, SCALE).as_of(day, "none")
    return [each.event for each in news.told(snapshot) if each.day == snapshot.day]


def take(platform: Platform) -> dict[str, Any]:
    """`finance events run`."""
    done = platform.call("events", "run", "--company", str(platform.company_file), "--json")
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return json.loads(done.stdout)


def hashes(platform: Platform) -> dict[str, str]:
    """The content of every fact and mart but those of events and of the platform's own work."""
    manifest = json.loads((platform.folder / "data" / "published" / "manifest.json").read_text())
    return {
        f"{table['schema']}.{table['name']}": table["content_hash"]
        for table in manifest["tables"]
        if table["schema"] in ("canonical", "marts")
        and table["name"] != "fct_events"
        and not table["name"].startswith("mart_control__")
    }


@pytest.mark.slow
def test_news_is_taken_in_micro_batches_and_judged_by_the_night(tmp_path: Path) -> None:
    platform = sandbox_platform(tmp_path, scale=SCALE, errors="none")
    platform.run("--as-of", NIGHT_ONE)
    night_one = hashes(platform)

    events = told_on(date.fromisoformat(NIGHT_TWO))
    right, true = events[:2]
    wrong = {**true, "id": "evt_wrong", "data": {**true["data"], "amount": "0.01", "version": 2}}
    late = {**wrong, "id": "evt_late", "time": f"{NIGHT_TWO}T00:00:01Z", "data": {**true["data"], "amount": "7"}}
    sent = [*events[2:], right, wrong, late, wrong, right]
    random.Random(1).shuffle(sent)
    with receiver(platform) as client:
        assert {send(client, event) for event in sent} == {201, 200}
        assert client.post("/events", content=json.dumps(right)).status_code == 401

    report = take(platform)
    assert (report["outcome"], report["as_of"]) == ("healthy", NIGHT_ONE)
    assert {row["source_instance"]: row["rows_read"] > 0 for row in report["systems"]} == {
        name: name == "events_inbox" for name in load_company(platform.company_file).instances
    }
    intraday = platform.query(f"select * from ({STATE}) where subject_instance <> 'planning_group'")
    since = {row["source_record_id"]: row for row in intraday if row["occurred_date"] == NIGHT_TWO}
    assert {record: row["amount_event"] for record, row in since.items()} == {
        event["subject"]: f"{event['data']['amount']}00" for event in [right, wrong, *events[2:]]
    }
    assert {row["confirmation"] for row in since.values()} == {"not_yet"}
    # News is beside the closed figures, in none of them.
    assert hashes(platform) == night_one

    platform.run("--as-of", NIGHT_TWO)
    judged = {row["source_record_id"]: row for row in platform.query(STATE)}
    assert judged[right["subject"]]["confirmation"] == "confirmed"
    assert {judged[event["subject"]]["confirmation"] for event in events[2:]} <= {"confirmed"}
    assert judged[wrong["subject"]]["confirmation"] == "differs"
    assert judged[wrong["subject"]]["amount_nightly"] == f"{true['data']['amount']}00"
    (exception,) = platform.query("select * from control.exceptions where status = 'open'")
    assert exception["type"] == "event_contradicted" and exception["natural_key"].endswith(wrong["subject"])

    # The sender corrects itself: the exception closes itself, within the day.
    with receiver(platform) as client:
        corrected = {**true, "id": "evt_corrected", "time": f"{NIGHT_TWO}T23:59:59Z"}
        assert send(client, corrected) == 201
    take(platform)
    assert platform.query("select status from control.exceptions") == [{"status": "cleared"}]

    # Whatever a sender says, no night is stopped by it.
    extreme = {"amount": "-999999999999999.9999", "currency": "VND", "entity": "\\u", "version": 2**62}
    strange = {
        **right,
        "id": "evt_strange",
        "source": "nobody",
        "subject": "'; --",
        "time": "9999-12-30T23:59:59Z",
        "data": extreme,
    }
    beyond = {**strange, "id": "evt_beyond", "time": "9999-12-31T23:59:59-12:00"}
    (platform.folder / "data" / "sandbox" / "events_inbox" / "event_strange.jsonl").write_text(
        f"{json.dumps(strange)}\n{json.dumps(beyond)}\n\0\n{{"
    )
    assert take(platform)["outcome"] == "healthy"
    found = platform.query("select type from control.exceptions where status = 'open' order by 1")
    assert [row["type"] for row in found] == ["event_contradicted", *3 * ["event_not_read"]]


@pytest.mark.slow
def test_the_sensor_takes_a_refreshed_plan_and_loads_the_planning_system(
    errors_company: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = errors_company.copied_to(tmp_path)
    data = platform.folder / "data"
    for name, value in {**platform.env(), "FINANCE_COMPANY": str(platform.company_file)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("FINANCE_SANDBOX_FOLDER", str(data / "sandbox"))
    definitions = load_definitions(Settings(load_company(platform.company_file), DataDir(data)))
    sensor = definitions.resolve_sensor_def("events_sensor")
    repository = definitions.get_repository_def()
    with DagsterInstance.ephemeral() as instance:
        before = sensor.evaluate_tick(build_sensor_context(instance, repository_def=repository))
        refreshed = {
            "specversion": "1.0", "id": "evt_plan", "source": "planning_group", "type": "finance.plan.refreshed",
            "subject": "forecast", "time": "2026-10-01T08:00:00Z",
        }  # fmt: skip
        with receiver(platform) as client:
            assert send(client, refreshed) == 201
        tick = sensor.evaluate_tick(build_sensor_context(instance, cursor=before.cursor, repository_def=repository))
    (request,) = tick.run_requests
    assert request.tags["finance/instances"] == "events_inbox, planning_group"
    report = take(platform)
    read = {row["source_instance"] for row in report["systems"] if row["rows_read"]}
    assert report["outcome"] == "healthy" and read == {"events_inbox", "planning_group"}
    assert platform.score()["figures_off"] == 0
