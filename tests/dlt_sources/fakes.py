"""A server that answers what a test tells it to, and a clock that does not wait."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

from dlt_sources.protocols.pace import Clock, RetryPolicy
from dlt_sources.protocols.reader import Assignment, Reader
from dlt_sources.spec import SystemSpec


@dataclass
class Reply:
    """One answer; `cut_after` closes the connection after so many bytes of the body."""

    body: Any = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    cut_after: int | None = None

    def encoded(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


@dataclass
class Request:
    """One request as the server saw it."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: str


Answer = Callable[[Request], Reply]


class FakeServer:
    """Answers on loopback: `plan` holds the next answers in order; when it is empty, `routes` answers by path."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.plan: list[Reply] = []
        self.routes: dict[str, Answer | Reply] = {}
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # one packet for headers and body: two cost 40 ms of delayed acknowledgement

            def log_message(self, *_: object) -> None:
                """Say nothing."""

            def _answer(self) -> None:
                parts = urlsplit(self.path)
                length = int(self.headers.get("Content-Length") or 0)
                request = Request(
                    self.command,
                    parts.path,
                    parse_qs(parts.query, keep_blank_values=True),
                    dict(self.headers.items()),
                    self.rfile.read(length).decode(),
                )
                server.requests.append(request)
                reply = server.reply(request)
                body = reply.encoded()
                self.send_response(reply.status)
                self.send_header("Content-Type", reply.content_type)
                self.send_header("Content-Length", str(len(body)))
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body[: reply.cut_after])
                if reply.cut_after is not None:
                    self.close_connection = True

            do_GET = do_POST = do_PATCH = do_DELETE = _answer

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def reply(self, request: Request) -> Reply:
        if self.plan:
            return self.plan.pop(0)
        answer = self.routes.get(request.path, Reply({"error": f"nothing planned for {request.path}"}, 404))
        return answer if isinstance(answer, Reply) else answer(request)

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()


class FastClock(Clock):
    """Time passes only by sleeping, and sleeping takes none."""

    def __init__(self, epoch: float = 1_790_000_000.0) -> None:
        self.slept: list[float] = []
        self._now = 0.0
        self._epoch = epoch

    def now(self) -> float:
        return self._now

    def epoch(self) -> float:
        return self._epoch + self._now

    def sleep(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")  # as time.sleep has it
        self.slept.append(seconds)
        self._now += seconds


def system_of(protocol: str, resources: dict[str, dict[str, Any]], **changes: Any) -> SystemSpec:
    """A system card with what every card needs, and the resources given."""
    card = {
        "name": "acme",
        "title": "Acme",
        "description": "A system that exists only in tests.",
        "owner": "Head of Tests",
        "process": "testing",
        "sla": {"freshness_hours": 24, "time_zone": "Europe/Berlin"},
        "kind": "erp",
        "freshness_tier": "nightly",
        "data_class": "internal",
        "contract": {"version": "1.0.0", "vendor_interface": "v1"},
        "protocol": protocol,
        "request_budget": {"requests_per_second": 100_000, "requests_per_day": 100_000},
        "auth": {"kind": "none"},
        "resources": {
            name: {"description": f"The {name}.", "mode": "snapshot", **resource}
            for name, resource in resources.items()
        },
    }
    return SystemSpec.model_validate({**card, **changes})


def assignment(system: SystemSpec, server: FakeServer, clock: FastClock, **changes: Any) -> Assignment:
    """What a reader of that system is told to read from the server."""
    settings = {
        "system": system,
        "instance": "acme_group",
        "as_of": date(2026, 9, 30),
        "base_url": server.url,
        "auth_url": server.url,
        "budget": system.request_budget,
        "retry": RetryPolicy(attempts=2, first_wait_seconds=0.01),
        "clock": clock,
        "secrets": {name: SecretStr(f"the-{name}") for name in system.auth.credentials},
        "options": {name: option.default for name, option in system.options.items()},
    }
    return Assignment(**{**settings, **changes})


def rows_of(reader: Reader, resource: str) -> list[dict[str, Any]]:
    """All rows of one resource."""
    spec = reader.assignment.system.resources[resource]
    return [row for page in reader.pages(spec) for row in page]
