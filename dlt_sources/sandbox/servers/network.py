"""Between client and server: every request is counted, and the chosen ones meet their fault."""

import asyncio
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Any, Protocol

from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dlt_sources.sandbox.faults import Fault
from dlt_sources.sandbox.servers.context import Sandbox
from dlt_sources.sandbox.servers.web import FAULT_KEY

_HTML_LOGIN = (
    "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form action='/login' method='post'>"
    "<input name='user'><input name='password' type='password'></form></body></html>"
)


class SystemServer(Protocol):
    """One system: its routes below its mount, and its own words for limits and failures."""

    system: str

    def routes(self) -> list[Route]: ...

    def fault_response(self, fault: Fault) -> Response: ...


class Connections(Protocol):
    """The connections of the web server that owns the sockets."""

    def drop(self, scope: Scope) -> None:
        """Closes the connection of a request, after what was already written to it."""

    def reset(self, scope: Scope) -> None:
        """Resets the connection of a request: nothing of an answer arrives."""


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
    """The application behind its faults. `server_at` finds the system of a path (None: not a system's).

    All systems share one port, so an outage of one cannot close it: the client gets connected, and its first request
    there is met by a reset of the connection. It never sees a byte of an answer, nor an orderly end.
    """

    def __init__(
        self,
        app: ASGIApp,
        sandbox: Sandbox,
        log: RequestLog,
        server_at: Callable[[str], SystemServer | None],
        connections: Connections,
    ):
        self._app = app
        self._sandbox = sandbox
        self._log = log
        self._server_at = server_at
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        server = self._server_at(scope["path"]) if scope["type"] == "http" else None
        if server is None:
            await self._app(scope, receive, send)
            return
        self._log.arrived(server.system, scope["method"], scope["path"])
        fault = self._sandbox.faults.take(server.system, scope["path"])
        scope[FAULT_KEY] = fault
        label = fault.label if fault else ""
        if label == "dies_at_page" or (label == "outage" and fault.status is None):
            self._log.answered(server.system, "reset")
            self._connections.reset(scope)
            await _gone(receive)
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
            self._connections.drop(scope)
            await _gone(receive)


async def _gone(receive: Receive) -> None:
    """Waits until a connection that was ended is gone, so that nothing more is sent on it."""
    while (await receive())["type"] != "http.disconnect":
        pass
