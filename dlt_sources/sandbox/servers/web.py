"""What every server shares: a request that is already read, refusals as exceptions, plain responses."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import Response

from dlt_sources.sandbox.faults import Fault

FAULT_KEY = "sandbox.fault"


@dataclass(frozen=True)
class Call:
    """One request with its body read, and the fault it is meant to meet (None for an ordinary one)."""

    method: str
    origin: str
    path: str
    query: QueryParams
    headers: Headers
    parameters: Mapping[str, Any]
    body: bytes
    fault: Fault | None

    def meets(self, label: str) -> bool:
        """True when this very request was chosen for the fault `label`."""
        return self.fault is not None and self.fault.label == label


class Refusal(Exception):
    """The server's answer to a request it will not serve; carries the complete response."""

    def __init__(self, response: Response):
        super().__init__(response.status_code)
        self.response = response


def endpoint(handler: Callable[[Call], Response]) -> Callable[[Request], Any]:
    """Turns a plain function into an endpoint that runs beside the event loop, so that slow work blocks nobody."""

    @wraps(handler)
    async def run(request: Request) -> Response:
        call = Call(
            method=request.method,
            origin=f"{request.url.scheme}://{request.url.netloc}",
            path=request.url.path,
            query=request.query_params,
            headers=request.headers,
            parameters=request.path_params,
            body=await request.body(),
            fault=request.scope.get(FAULT_KEY),
        )
        try:
            return await run_in_threadpool(handler, call)
        except Refusal as refusal:
            return refusal.response

    return run


def json_response(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer from Python values; pages of rows are joined as text instead, see `Store.encode`."""
    return json_text(json.dumps(content, ensure_ascii=False), status, headers)


def json_text(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(text, status, dict(headers or {}), media_type="application/json")


def basic_credentials(headers: Headers) -> tuple[str, str] | None:
    """User and password of a Basic Authorization header, or None when there is none that can be read."""
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return user, password
