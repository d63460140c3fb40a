"""All systems in one web application, behind the faults and the request log, with `/_sandbox/` to steer them."""

import asyncio
import json
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from datetime import date
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dlt_sources.sandbox.faults import Fault, UnknownFault
from dlt_sources.sandbox.servers.anaplan import AnaplanServer
from dlt_sources.sandbox.servers.context import Sandbox
from dlt_sources.sandbox.servers.ecb import EcbServer
from dlt_sources.sandbox.servers.salesforce import SalesforceServer
from dlt_sources.sandbox.servers.sap_s4hana import SapServer
from dlt_sources.sandbox.servers.stripe import StripeServer
from dlt_sources.sandbox.servers.web import FAULT_KEY, json_response

_MOUNTS = {
    "/sap": SapServer,
    "/salesforce": SalesforceServer,
    "/stripe": StripeServer,
    "/anaplan": AnaplanServer,
    "/ecb": EcbServer,
}
# Salesforce names its pages by absolute path (`nextRecordsUrl`), so that it answers at the root as well.
_ROOT_PATH, _ROOT_MOUNT = "/services", "/salesforce"
_HTML_LOGIN = (
    "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form action='/login' method='post'>"
    "<input name='user'><input name='password' type='password'></form></body></html>"
)


class SystemServer(Protocol):
    """One system: its routes below its mount, and its own words for limits and failures."""

    system: str

    def routes(self) -> list[Route]: ...

    def fault_response(self, fault: Fault) -> Response: ...


class RequestLog:
    """How often each path was asked, with which status, and the busiest second per system."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        with self._lock:
            self._paths: dict[str, Counter] = {}
            self._statuses: dict[str, Counter] = {}
            self._recent: dict[str, deque[float]] = {}
            self._busiest: Counter = Counter()

    def arrived(self, system: str, method: str, path: str) -> None:
        now = self._clock()
        with self._lock:
            self._paths.setdefault(system, Counter())[f"{method} {path}"] += 1
            recent = self._recent.setdefault(system, deque())
            recent.append(now)
            while recent[0] <= now - 1:
                recent.popleft()
            self._busiest[system] = max(self._busiest[system], len(recent))

    def answered(self, system: str, status: int | str) -> None:
        with self._lock:
            self._statuses.setdefault(system, Counter())[str(status)] += 1

    def listing(self) -> dict[str, Any]:
        with self._lock:
            return {
                system: {
                    "requests": paths.total(),
                    "max_requests_per_second": self._busiest[system],
                    "statuses": dict(self._statuses.get(system, {})),
                    "paths": dict(paths),
                }
                for system, paths in sorted(self._paths.items())
            }


class FaultyNetwork:
    """Everything between client and server: counts requests, and makes the chosen ones meet their fault.

    `drop` closes a client's connection at once; the web server that owns the sockets provides it.
    """

    def __init__(
        self,
        app: ASGIApp,
        sandbox: Sandbox,
        log: RequestLog,
        servers: dict[str, SystemServer],
        drop: Callable[[Scope], None],
    ):
        self._app = app
        self._sandbox = sandbox
        self._log = log
        self._servers = servers
        self._drop = drop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        server = self._server(scope["path"]) if scope["type"] == "http" else None
        if server is None:
            await self._app(scope, receive, send)
            return
        self._log.arrived(server.system, scope["method"], scope["path"])
        fault = self._sandbox.faults.take(server.system, scope["path"])
        scope[FAULT_KEY] = fault
        label = fault.label if fault else ""
        if label == "dies_at_page" or (label == "outage" and fault.status is None):
            self._log.answered(server.system, "dropped")
            await self._close(scope, receive)
            return
        if label in ("outage", "rate_limit", "server_error"):
            self._log.answered(server.system, "fault")
            await server.fault_response(fault)(scope, receive, send)
            return
        if label == "html_login_200":
            self._log.answered(server.system, 200)
            await Response(_HTML_LOGIN, media_type="text/html")(scope, receive, send)
            return
        if label == "slow_page":
            await asyncio.sleep(fault.seconds)
        if label in ("cut_connection", "malformed_json"):
            await self._damaged(label, server, scope, receive, send)
            return

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._log.answered(server.system, message["status"])
            await send(message)

        await self._app(scope, receive, counted)

    async def _damaged(self, label: str, server: SystemServer, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets the server answer, then sends half of it: announced whole and cut off, or as a whole that is broken."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        start, body = messages[0], b"".join(message.get("body", b"") for message in messages[1:])
        half = body[: len(body) // 2]
        announced = len(body) if label == "cut_connection" else len(half)
        start["headers"] = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
        start["headers"].append((b"content-length", str(announced).encode()))
        self._log.answered(server.system, label)
        await send(start)
        await send({"type": "http.response.body", "body": half, "more_body": label == "cut_connection"})
        if label == "cut_connection":
            await self._close(scope, receive)

    async def _close(self, scope: Scope, receive: Receive) -> None:
        """Drops the connection and waits until it is gone, so that nothing more is sent on it."""
        self._drop(scope)
        while (await receive())["type"] != "http.disconnect":
            pass

    def _server(self, path: str) -> SystemServer | None:
        mount = "/" + path.lstrip("/").partition("/")[0]
        return self._servers.get(_ROOT_MOUNT if mount == _ROOT_PATH else mount)


def build_app(sandbox: Sandbox, drop: Callable[[Scope], None]) -> ASGIApp:
    """The sandbox as one ASGI application; `drop(scope)` closes the connection of a request without an answer."""
    servers: dict[str, SystemServer] = {mount: server_class(sandbox) for mount, server_class in _MOUNTS.items()}
    log = RequestLog()
    routes: list[Mount | Route] = [Mount(mount, routes=server.routes()) for mount, server in servers.items()]
    routes += _steering(sandbox, log)
    routes.append(Mount("", routes=servers[_ROOT_MOUNT].routes()))
    return FaultyNetwork(Starlette(routes=routes), sandbox, log, servers, drop)


def _steering(sandbox: Sandbox, log: RequestLog) -> list[Route]:
    """`/_sandbox/`: the clock, the faults and the request log."""

    async def clock(request: Request) -> Response:
        if request.method == "POST":
            try:
                as_of = date.fromisoformat(json.loads(await request.body())["as_of"])
            except (ValueError, KeyError, TypeError) as error:
                return json_response({"error": f"as_of must be a date such as 2026-09-30: {error}"}, 400)
            await asyncio.to_thread(sandbox.set_clock, as_of)
        return json_response({"as_of": sandbox.as_of.isoformat()})

    async def faults(request: Request) -> Response:
        if request.method == "DELETE":
            sandbox.faults.clear()
        if request.method == "POST":
            try:
                given = json.loads(await request.body())
                for fault in [Fault.from_fields(each) for each in (given if isinstance(given, list) else [given])]:
                    sandbox.faults.add(fault)
            except (UnknownFault, ValueError, TypeError) as error:
                return json_response({"error": str(error)}, 400)
        return json_response({"faults": sandbox.faults.listing()})

    async def requests(request: Request) -> Response:
        if request.method == "DELETE":
            log.clear()
        return json_response(log.listing())

    return [
        Route("/_sandbox/clock", clock, methods=["GET", "POST"]),
        Route("/_sandbox/faults", faults, methods=["GET", "POST", "DELETE"]),
        Route("/_sandbox/log", requests, methods=["GET", "DELETE"]),
    ]
