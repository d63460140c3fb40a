"""A night tells each owner once what it means for them; a chat that is down changes nothing for the night."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from finance_assets.control.exceptions import FoundException
from finance_assets.lib.alerts import WEBHOOK_VARIABLE, Alert, raise_alerts
from finance_assets.lib.settings import Settings
from tests.finance_assets.conftest import BeginNight
from tests.finance_assets.control.test_exceptions import FRIDAY, MONDAY, THURSDAY, TUESDAY, WEDNESDAY, found, waive

QUIET_ADDRESS = "http://127.0.0.1:1/secret-token"


class Chat(HTTPServer):
    """A chat that takes messages, or refuses them."""

    def __init__(self, answer: int) -> None:
        self.answer = answer
        self.messages: list[dict[str, Any]] = []
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Chat

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.messages.append(json.loads(body))
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def chat(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chat]:
    """The chat behind the webhook; it answers 200, or what the test asks for."""
    with Chat(getattr(request, "param", 200)) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        monkeypatch.setenv(WEBHOOK_VARIABLE, f"http://127.0.0.1:{server.server_port}/hook/secret-token")
        yield server
        server.shutdown()
        thread.join()


def night_of(begin: BeginNight, as_of: date, *exceptions: FoundException) -> list[Alert]:
    """What a night tells that finds these exceptions."""
    with begin(as_of) as night:
        return raise_alerts(night, night.store.sync_exceptions(night.run_id, as_of, exceptions))


def kinds(alerts: list[Alert]) -> list[str]:
    return [alert.kind for alert in alerts]


def test_one_incident_is_told_once_with_class_owner_money_and_next_step(
    begin: BeginNight, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        night_of(begin, MONDAY, found("A", "100.10", due=WEDNESDAY), found("B", "2000", due=FRIDAY))
    (line,) = settings.data_dir.alerts_file.read_text().splitlines()
    told = json.loads(line)
    assert (told["kind"], told["type"], told["owner"], told["exceptions"]) == (
        "new", "invoice_not_posted", "ar@acme.example", 2,
    )  # fmt: skip
    assert (told["amount_at_risk_group"], told["group_currency"]) == ("2100.10", "EUR")
    assert (told["next_step"], told["due_date"]) == ("Post it.", "2026-09-30")
    assert told["exception_ids"] == ["id-B", "id-A"]
    (logged,) = [record.message for record in caplog.records]
    for said in ("invoice_not_posted", "2,100.10 EUR", "ar@acme.example", "Post it.", "finance exceptions show id-B"):
        assert said in logged


def test_each_owner_is_told_apart_the_largest_amount_first(begin: BeginNight) -> None:
    alerts = night_of(begin, MONDAY, found("A", "1"), found("B", "5", owner="boss"), found("C", "2"))
    assert [(alert.owner, alert.amount_at_risk_group) for alert in alerts] == [("boss", 5), ("ar@acme.example", 3)]


def test_what_has_no_amount_is_not_said_to_be_of_nothing(begin: BeginNight) -> None:
    unvalued = replace(found("A"), amount_at_risk_group=None)
    (alert,) = night_of(begin, MONDAY, unvalued)
    assert alert.amount_at_risk_group is None and "not valued" in alert.line()
    (alert,) = night_of(begin, TUESDAY, unvalued, replace(found("B"), amount_at_risk_group=None), found("C", "5"))
    assert (alert.exceptions, alert.amount_at_risk_group) == (2, 5)


def test_what_is_known_and_unchanged_is_not_told_again(begin: BeginNight, settings: Settings) -> None:
    night_of(begin, MONDAY, found("A"))
    assert night_of(begin, MONDAY, found("A")) == []
    assert night_of(begin, TUESDAY, found("A"), found("A2", "3"))[0].exception_ids == ("id-A2",)
    assert len(settings.data_dir.alerts_file.read_text().splitlines()) == 2


def test_a_breach_a_relapse_and_a_higher_severity_are_told_and_a_lower_one_is_not(begin: BeginNight) -> None:
    night_of(begin, MONDAY, found("A", due=THURSDAY))
    worse = replace(found("A", due=THURSDAY), severity="critical")
    assert kinds(night_of(begin, TUESDAY, worse)) == ["escalated"]
    assert kinds(night_of(begin, WEDNESDAY, found("A", due=THURSDAY))) == ["due_soon"]
    assert kinds(night_of(begin, THURSDAY, worse)) == ["overdue"], "the most urgent is told, once"
    assert kinds(night_of(begin, FRIDAY, worse)) == []
    night_of(begin, date(2026, 10, 5))
    assert kinds(night_of(begin, date(2026, 10, 6), found("A", due=date(2026, 10, 9)))) == ["reopened"]


def test_what_is_waived_stays_quiet(begin: BeginNight) -> None:
    night_of(begin, MONDAY, found("A", due=TUESDAY))
    with begin(MONDAY) as night:
        waive(night.store, "id-A", until=WEDNESDAY)
    worse = replace(found("A", "999999"), severity="critical")
    assert night_of(begin, TUESDAY, worse) == []
    assert kinds(night_of(begin, THURSDAY, worse)) == ["reopened"]


def test_the_webhook_is_told_everything_in_one_message(begin: BeginNight, chat: Chat) -> None:
    night_of(begin, MONDAY, found("A", "100.10"), found("B", owner="boss"))
    (message,) = chat.messages
    assert message["text"].startswith("Acme, as of 2026-09-28:\nnew: ")
    assert len(message["text"].splitlines()) == 3 and len(message["alerts"]) == 2
    assert {alert["amount_at_risk_group"] for alert in message["alerts"]} == {"100.10"}
    night_of(begin, MONDAY, found("A", "100.10"), found("B", owner="boss"))
    assert len(chat.messages) == 1


@pytest.mark.parametrize("chat", [500], indirect=True)
def test_a_webhook_that_refuses_does_not_fail_the_night(
    begin: BeginNight, chat: Chat, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    assert night_of(begin, MONDAY, found("A"))
    assert "it answered 500" in caplog.text and "secret-token" not in caplog.text
    assert settings.data_dir.alerts_file.exists()


@pytest.mark.parametrize("address", [QUIET_ADDRESS, "secret-token is no address"])
def test_a_webhook_that_is_not_there_does_not_fail_the_night_and_its_token_is_in_no_log(
    begin: BeginNight, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    monkeypatch.setenv(WEBHOOK_VARIABLE, address)
    with caplog.at_level(logging.DEBUG, logger="finance_assets"):
        assert night_of(begin, MONDAY, found("A"))
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("finance_assets")]
    assert any("did not take the alerts" in line for line in ours)
    assert not any("secret-token" in line for line in ours)


def test_a_log_folder_that_cannot_be_written_does_not_fail_the_night(
    begin: BeginNight, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.data_dir.alerts_file.mkdir(parents=True)
    (alert,) = night_of(begin, MONDAY, found("A"))
    assert alert.amount_at_risk_group == Decimal("100.10")
    assert "alerts could not be written" in caplog.text
