"""The receiver over HTTP: what is signed and whole is on disk before the answer; all else is refused in words."""

from __future__ import annotations

import errno
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from dlt_sources.errors import ConfigurationError
from dlt_sources.events import inbox as inbox_module
from dlt_sources.events.inbox import Inbox, refreshed_instances
from dlt_sources.events.receiver import build_app, listen, parse_secrets
from dlt_sources.events.signatures import HEADER, sign
from tests.dlt_sources.dropped import load_dropped
from tests.dlt_sources.events.messages import event

NOW = 1_790_000_000
SECRET, OLD_SECRET = SecretStr("a" * 32), SecretStr("b" * 32)

# A receiver that is killed in the middle: after the event is in its file, or while it is being written.
KILLED = """
import os, signal, sys
from pathlib import Path
from pydantic import SecretStr
from dlt_sources.events import inbox, receiver

def kill(*_): os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[3] == "before the answer":
    keep = inbox.Inbox.keep
    inbox.Inbox.keep = lambda self, text: (keep(self, text), kill())
elif sys.argv[3] == "before the name":
    inbox.os.link = kill
elif sys.argv[3] == "while writing":
    inbox.os.fsync = kill
with receiver.listen("127.0.0.1", 0) as listener:
    print(listener.getsockname()[1], flush=True)
    receiver.serve(receiver.build_app(inbox.Inbox(Path(sys.argv[1])), [SecretStr(sys.argv[2])]), listener)
"""


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    app = build_app(Inbox(tmp_path), [SECRET, OLD_SECRET], clock=lambda: NOW, most_bytes=10_000)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def send(client: httpx.Client, body: str | bytes, *, secret: SecretStr = SECRET, at: int = NOW) -> httpx.Response:
    body = body.encode() if isinstance(body, str) else body
    return client.post("/events", content=body, headers={HEADER: sign(body, secret, at)})


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_an_event_is_kept_once_however_often_it_is_sent(client: TestClient, tmp_path: Path) -> None:
    first, again = send(client, event()), send(client, json.dumps(json.loads(event()), indent=2), at=NOW + 60)
    assert (first.status_code, first.json()) == (201, {"state": "kept"})
    assert (again.status_code, again.json()) == (200, {"state": "known"})
    (file,) = files(tmp_path)
    assert json.loads(file.read_text()) == json.loads(event())
    assert len(load_dropped("events", tmp_path)["events"]) == 1


def test_the_same_id_of_another_source_is_another_event(client: TestClient, tmp_path: Path) -> None:
    assert {send(client, event(source=source)).status_code for source in ("a", "b", "a b", "a  b")} == {201}
    assert len(files(tmp_path)) == 4


def test_another_event_with_a_known_id_is_refused_and_the_first_stays(client: TestClient, tmp_path: Path) -> None:
    send(client, event())
    answer = send(client, event(data={"amount": "120.00"}))
    assert answer.status_code == 409 and "id of its own" in answer.json()["error"]
    assert "119.00" in files(tmp_path)[0].read_text()


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "missing"),
        ({HEADER: f"t={NOW},v1={'0' * 64}"}, "does not match"),
        ({HEADER: sign(b"another body", SECRET, NOW)}, "does not match"),
        ({HEADER: sign(event().encode(), SecretStr("f" * 32), NOW)}, "does not match"),
        ({HEADER: sign(event().encode(), SECRET, NOW - 301)}, "not of the last"),
        ({HEADER: "nonsense"}, "not of the form"),
    ],
)
def test_what_is_not_signed_now_by_who_may_is_refused(
    client: TestClient, tmp_path: Path, headers: dict[str, str], reason: str
) -> None:
    answer = client.post("/events", content=event(), headers=headers)
    assert answer.status_code == 401 and reason in answer.json()["error"]
    assert files(tmp_path) == []


def test_the_old_secret_is_good_while_it_is_being_changed(client: TestClient) -> None:
    assert send(client, event(), secret=OLD_SECRET).status_code == 201


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 9_000, event(source=None).encode()])
def test_a_signed_body_that_is_no_event_is_refused_in_words(client: TestClient, tmp_path: Path, body: bytes) -> None:
    answer = send(client, body)
    assert answer.status_code == 400 and answer.json()["error"].startswith("not a CloudEvent: it")
    assert files(tmp_path) == []


def test_a_body_that_is_too_long_is_refused_announced_or_not(client: TestClient, tmp_path: Path) -> None:
    announced = client.post("/events", content=b" " * 10_001)
    not_announced = client.post("/events", content=(b" " * 1000 for _ in range(11)))
    assert {announced.status_code, not_announced.status_code} == {413}
    assert "at most 10000 bytes" in announced.json()["error"] and files(tmp_path) == []


def test_an_event_that_could_not_be_kept_is_not_acknowledged(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(inbox_module.os, "fsync", full)
        answer = send(client, event())
    assert answer.status_code == 503 and "send it again" in answer.json()["error"]
    assert load_dropped("events", tmp_path)["events"] == []
    assert send(client, event()).status_code == 201


def test_neither_secret_nor_signature_nor_body_is_logged(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        send(client, event(), secret=SecretStr("f" * 32))
        send(client, event(subject="in_secret", source=None))
    logged = caplog.text
    assert "refused with 401" in logged and "refused with 400" in logged
    secrets = ("a" * 32, "f" * 32, "in_secret", "v1=")
    assert not [word for word in secrets if word in logged]


def test_other_addresses_and_methods_are_not_for_events(client: TestClient) -> None:
    assert client.get("/events").status_code == 405
    assert client.post("/other").status_code == 404
    assert client.get("/health").json() == {"state": "listening"}


def test_secrets_come_from_the_environment_and_are_no_short_ones() -> None:
    assert parse_secrets(f" {'a' * 32}\n{'b' * 32} ", "S") == [SECRET, OLD_SECRET]
    with pytest.raises(ConfigurationError, match="variable S is not set"):
        parse_secrets(" ", "S")
    with pytest.raises(ConfigurationError, match="fewer than 32") as refusal:
        parse_secrets("a" * 32 + " hunter2", "S")
    assert "hunter2" not in str(refusal.value)


def test_a_taken_port_is_said_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ConfigurationError, match="choose another"):
        listen("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize(
    ("moment", "state"), [("before the answer", "known"), ("before the name", "kept"), ("while writing", "kept")]
)
def test_a_kill_between_writing_and_answering_leaves_the_event_at_most_once(
    tmp_path: Path, moment: str, state: str
) -> None:
    with _receiver(tmp_path, moment) as (process, address), httpx.Client(base_url=address) as client:
        with pytest.raises(httpx.TransportError):
            send(client, event(), at=int(time.time()))
        assert process.wait(10) == -signal.SIGKILL
    assert len(load_dropped("events", tmp_path)["events"]) == (1 if state == "known" else 0)
    with _receiver(tmp_path, "never") as (_, address), httpx.Client(base_url=address) as client:
        assert send(client, event(), at=int(time.time())).json() == {"state": state}
    (row,) = load_dropped("events", tmp_path)["events"]
    assert row["id"] == "evt_1" and row["problem"] is None


def test_which_plans_were_refreshed_is_read_past_whatever_is_no_event(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    refreshed = event(type="finance.plan.refreshed", source="planning_group")
    file.write_bytes(b"\xff\n{\n" + event().encode() + b"\n" + refreshed.encode() + b"\n")
    assert refreshed_instances([file]) == {"planning_group"}


class _receiver:
    """A receiver in a process of its own, that is killed at the moment."""

    def __init__(self, folder: Path, moment: str) -> None:
        command = [sys.executable, "-c", KILLED, str(folder), SECRET.get_secret_value(), moment]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ.copy())

    def __enter__(self) -> tuple[subprocess.Popen[str], str]:
        return self._process, f"http://127.0.0.1:{self._process.stdout.readline().strip()}"

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()
