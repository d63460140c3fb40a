"""Serves the outside world on loopback: one web server for all systems, in a thread of this process."""

import asyncio
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import uvicorn
from starlette.types import Scope
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from dlt_sources.sandbox.faults import Fault, Faults
from dlt_sources.sandbox.servers.app import build_app
from dlt_sources.sandbox.servers.context import DEMO_CREDENTIALS, Limits, Sandbox, Snapshot

_START_SECONDS = 30


class SandboxError(RuntimeError):
    """The sandbox could not be served; the message says what to do."""


class Connections:
    """The open connections by client address, so that a request can be dropped without an answer."""

    def __init__(self) -> None:
        self._transports: dict[tuple[str, int], asyncio.Transport] = {}

    def protocol(self) -> type[asyncio.Protocol]:
        """uvicorn's own HTTP protocol that also remembers its connection here."""
        transports = self._transports

        class RememberedProtocol(AutoHTTPProtocol):
            def connection_made(self, transport: asyncio.Transport) -> None:
                self._peer = transport.get_extra_info("peername")
                transports[self._peer] = transport
                super().connection_made(transport)

            def connection_lost(self, error: Exception | None) -> None:
                transports.pop(self._peer, None)
                super().connection_lost(error)

        return RememberedProtocol

    def drop(self, scope: Scope) -> None:
        """Closes the connection of a request, after what was already written to it."""
        if transport := self._transports.get(tuple(scope["client"])):
            transport.close()

    def reset(self, scope: Scope) -> None:
        """Resets the connection of a request (TCP RST), as if nobody listened: not one byte is answered."""
        if transport := self._transports.get(tuple(scope["client"])):
            # Not to linger at all makes closing a reset instead of an orderly end.
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()


class RunningSandbox:
    """A sandbox that answers at `url` until `stop()`; also a context manager."""

    def __init__(self, sandbox: Sandbox, host: str, port: int):
        self.sandbox = sandbox
        connections = Connections()
        self._socket = _listen(host, port)
        self.host, self.port = self._socket.getsockname()[:2]
        self.url = f"http://{host}:{self.port}"
        self._server = uvicorn.Server(
            uvicorn.Config(
                build_app(sandbox, connections),
                http=connections.protocol(),
                log_level="error",
                access_log=False,
                lifespan="off",
                ws="none",
                timeout_graceful_shutdown=1,
            )
        )
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="sandbox", daemon=True)
        self._thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise SandboxError(f"the sandbox did not start on {self.url}")
            time.sleep(0.01)

    def stop(self) -> None:
        """Closes every connection and frees the port."""
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()

    def __enter__(self) -> "RunningSandbox":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def serve(
    world: Snapshot | Callable[[date], Snapshot],
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    as_of: date,
    faults: Sequence[Fault] = (),
    credentials: Mapping[str, Mapping[str, str]] | None = None,
    limits: Limits | None = None,
) -> RunningSandbox:
    """Starts the servers over a snapshot, or over a function from a day to its snapshot (then the clock can move).

    Port 0 takes a free one. Raises SandboxError when the port is taken.
    """
    sandbox = Sandbox(
        provider=world if callable(world) else lambda _: world,
        as_of=as_of,
        credentials={**DEMO_CREDENTIALS, **(credentials or {})},
        limits=limits or Limits(),
        faults=Faults(list(faults)),
    )
    return RunningSandbox(sandbox, host, port)


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise SandboxError(
            f"the sandbox cannot listen on {host}:{port} ({error.strerror}): "
            "stop what uses the port, or choose another with --port (0 takes a free one)"
        ) from error
    return listener
