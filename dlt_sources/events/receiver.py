"""The receiver: takes signed events over HTTP and puts them into the inbox. It answers 2xx once they are on disk."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Sequence

import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from dlt_sources.errors import ConfigurationError
from dlt_sources.events.cloud_events import NotAnEvent
from dlt_sources.events.inbox import AnotherEventHasThisId, Inbox
from dlt_sources.events.signatures import HEADER, TOLERANCE_SECONDS, SignatureRefused, verify

log = logging.getLogger(__name__)

PATH = "/events"
# An event is news of one record, not the record's whole history.
MOST_BYTES = 256_000
# Requests at once; more are told to come back.
MOST_REQUESTS = 100
# A secret that can be guessed is none: half of what `openssl rand -hex 32` gives.
SHORTEST_SECRET = 32


class TooLarge(Exception):
    """The body is longer than an event may be."""


def parse_secrets(text: str, variable: str) -> list[SecretStr]:
    """Return the secrets of an environment variable; raise ConfigurationError when there is none, or a short one."""
    secrets = [SecretStr(secret) for secret in text.split()]
    if not secrets:
        raise ConfigurationError(
            f"environment variable {variable} is not set: put the secret that senders sign with there "
            "(openssl rand -hex 32); while it is being changed the new and the old one, with a blank between"
        )
    if min(len(secret.get_secret_value()) for secret in secrets) < SHORTEST_SECRET:
        raise ConfigurationError(
            f"environment variable {variable} holds a secret of fewer than {SHORTEST_SECRET} characters: "
            "take a longer one (openssl rand -hex 32)"
        )
    return secrets


def build_app(
    inbox: Inbox,
    secrets: Sequence[SecretStr],
    *,
    tolerance_seconds: float = TOLERANCE_SECONDS,
    most_bytes: int = MOST_BYTES,
    clock: Callable[[], float] = time.time,
) -> Starlette:
    """Return the web application: POST /events takes an event, GET /health says that it listens."""

    async def receive(request: Request) -> JSONResponse:
        try:
            body = await _body(request, most_bytes)
        except TooLarge:
            return _refusal(413, f"an event has at most {most_bytes} bytes")
        try:
            verify(request.headers.get(HEADER), body, secrets, clock(), tolerance_seconds)
            state = await run_in_threadpool(inbox.keep, _text(body))
        except SignatureRefused as refusal:
            return _refusal(401, str(refusal))
        except NotAnEvent as refusal:
            return _refusal(400, f"not a CloudEvent: {refusal}")
        except AnotherEventHasThisId:
            return _refusal(409, "another event of this source has this id: give every event an id of its own")
        except OSError as error:
            # Not kept, so not acknowledged: the sender still has it.
            return _refusal(503, f"the event could not be kept ({error.strerror}): send it again later")
        return JSONResponse({"state": state}, status_code=201 if state == "kept" else 200)

    async def health(_: Request) -> JSONResponse:
        return JSONResponse({"state": "listening"})

    return Starlette(routes=[Route(PATH, receive, methods=["POST"]), Route("/health", health, methods=["GET"])])


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raise ConfigurationError when the address is taken."""
    try:
        return socket.create_server((host, port), reuse_port=False)
    except OSError as error:
        raise ConfigurationError(
            f"cannot listen on {host}:{port} ({error.strerror}): stop what uses the port, or choose another with --port"
        ) from error


def serve(app: Starlette, listener: socket.socket) -> None:
    """Serve until interrupted; requests that have begun are finished."""
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, lifespan="off", ws="none", limit_concurrency=MOST_REQUESTS
    )
    uvicorn.Server(config).run([listener])


async def _body(request: Request, most_bytes: int) -> bytes:
    """Read no more than allowed, whatever length was announced."""
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > most_bytes:
        raise TooLarge
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most_bytes:
            raise TooLarge
    return bytes(body)


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotAnEvent("it is no UTF-8 text") from error


def _refusal(status: int, reason: str) -> JSONResponse:
    log.warning("refused with %d: %s", status, reason)
    return JSONResponse({"error": reason}, status_code=status)
