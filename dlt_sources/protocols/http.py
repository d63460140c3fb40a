"""The one way to another machine: paced, retried, redacted, with exact numbers.

A *fault* (outage, timeout, cut body, 429, 5xx, malformed JSON) is tried again with growing, jittered waits and ends in
SourceUnavailable. A *refusal* (400, 401, 403, 404, a login page) is never tried again and ends in SourceRefused.
"""

from __future__ import annotations

import email.utils
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, runtime_checkable
from urllib.parse import quote, urlencode, urlsplit

import requests

from dlt_sources.errors import SourceError, SourceRefused, SourceUnavailable
from dlt_sources.protocols.answers import LoginPage, Malformed, data_body, json_body, vendor_reason
from dlt_sources.protocols.pace import Clock, Pacer, RetryPolicy
from dlt_sources.protocols.redaction import QueryHider, Redactor
from dlt_sources.spec import RequestBudget

log = logging.getLogger(__name__)
logging.getLogger("urllib3.connectionpool").addFilter(QueryHider())

CONNECT_TIMEOUT_SECONDS = 10  # a live host answers a handshake in well under one
LONGEST_RETRY_AFTER = 300.0  # a system that asks for more is down for this run
# "Slow down", "come back", "briefly locked"; everything else in 4xx is a refusal.
FAULT_STATUSES = frozenset({408, 409, 423, 425, 429})

Parsed = TypeVar("Parsed")
Parse = Callable[[requests.Response], Parsed]
StatusOf = Callable[[requests.Response], int]


class Auth(Protocol):
    """Signs requests, and gets itself a new token where it can."""

    def sign(self, client: HttpClient, headers: dict[str, str]) -> None:
        """Add what proves who we are."""

    def renew(self, client: HttpClient) -> bool:
        """Get a new token after a 401; return False when there is nothing to renew."""


@runtime_checkable
class SignsTheWhole(Protocol):
    """Auth whose signature covers the method and the full address: made last, anew for every attempt."""

    def sign_whole(self, client: HttpClient, headers: dict[str, str], method: str, url: str) -> None:
        """Add the signature."""


class NoAuth:
    """For systems that are open to everybody."""

    def sign(self, client: HttpClient, headers: dict[str, str]) -> None:
        """Add nothing."""

    def renew(self, client: HttpClient) -> bool:
        """There is nothing to renew."""
        return False


@dataclass(frozen=True)
class Wanted:
    """One request as it is asked for, before it is signed and addressed."""

    method: str
    target: str
    resource: str | None
    params: dict[str, Any] | None
    headers: dict[str, str]
    json: Any
    form: dict[str, str] | None
    signed: bool
    missing_ok: bool

    def __str__(self) -> str:
        """How messages call it: without its parameters, which may be a page long."""
        return f"{self.method} {self.target.partition('?')[0]}"


class _Fault(Exception):
    """One attempt failed in a way that another attempt may cure."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class HttpClient:
    """Talks to one instance. Every request names the resource it serves, so that errors can."""

    def __init__(
        self,
        *,
        system: str,
        instance: str,
        base_url: str,
        budget: RequestBudget,
        requests_before: int = 0,
        auth: Auth | None = None,
        headers: dict[str, str] | None = None,
        parameters: dict[str, str] | None = None,
        retry: RetryPolicy | None = None,
        clock: Clock | None = None,
        redact: Redactor | None = None,
        passing_codes: frozenset[str] = frozenset(),
        next_steps: dict[str, str] | None = None,
        status_of: StatusOf | None = None,
    ) -> None:
        """`headers` and `parameters` go with every signed request.

        `passing_codes` are vendor codes of faults in spite of a 4xx; `next_steps` tell what a vendor code calls for,
        or a status. `status_of` is for vendors who refuse with 200: the status that the answer deserves.
        """
        self.system = system
        self.instance = instance
        self.base_url = base_url.rstrip("/")
        self.auth = auth or NoAuth()
        self.redact = redact or Redactor()
        self.clock = clock or Clock()
        self.pacer = Pacer(budget, self.clock, requests_before)
        self._timeout = budget.timeout_seconds
        self._retry = retry or RetryPolicy()
        self._headers = headers or {}
        self._parameters = parameters or {}
        self._passing_codes = passing_codes
        self._next_steps = next_steps or {}
        self._status_of = status_of or (lambda answer: answer.status_code)
        self._session = requests.Session()

    def get_json(
        self, resource: str, target: str, params: dict[str, Any] | None = None, missing_ok: bool = False
    ) -> Any:
        """Return the parsed answer, numbers exact; with `missing_ok`, None where there is nothing (404)."""
        return self.send("GET", target, resource=resource, params=params, parse=json_body, missing_ok=missing_ok)

    def get_text(self, resource: str, target: str, params: dict[str, Any] | None = None) -> str:
        """Return the answer's text; an HTML page is refused."""
        return self.get_bytes(resource, target, params).decode()

    def get_bytes(self, resource: str, target: str, params: dict[str, Any] | None = None) -> bytes:
        """Return the answer's bytes; an HTML page is refused."""
        return self.send("GET", target, resource=resource, params=params, parse=data_body)

    def send(
        self,
        method: str,
        target: str,
        *,
        resource: str | None,
        parse: Parse[Parsed],
        params: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        json: Any = None,
        form: dict[str, str] | None = None,
        signed: bool = True,
        missing_ok: bool = False,
    ) -> Parsed | None:
        """Send until an answer can be parsed, or raise the SourceError that says why not.

        Unsigned requests go to the absolute address given (a token server); signed ones never leave our origin.
        """
        wanted = Wanted(method, target, resource, params, headers or {}, json, form, signed, missing_ok)
        attempt = 0
        while True:
            attempt += 1
            try:
                answer = self._answer(wanted)
                return None if answer is None else parse(answer)
            except (_Fault, Malformed) as fault:
                problem = fault
            except LoginPage:
                problem = None
            # Raised out here, so that the error's context holds no request, no header and so no secret.
            if problem is None:
                raise self.error(SourceRefused, resource, f"{wanted} answered with an HTML page, probably a login page")
            self._wait_or_give_up(wanted, problem, attempt)

    def _answer(self, wanted: Wanted) -> requests.Response | None:
        """Send, and send again with a renewed token if need be; return a success, or None for a permitted 404."""
        answer = self._exchange(wanted)
        if self._status_of(answer) == 401 and wanted.signed and self.auth.renew(self):
            answer = self._exchange(wanted)
        if self._status_of(answer) == 404 and wanted.missing_ok:
            return None
        self._check(answer, wanted)
        return answer

    def _exchange(self, wanted: Wanted) -> requests.Response:
        """Send one request within the budget and return whatever comes back."""
        headers = {**self._headers, **wanted.headers}
        if wanted.signed:
            # Before the address is made: the first token may say where the API lives.
            self.auth.sign(self, headers)
        url = self._address(wanted)
        if wanted.signed and isinstance(self.auth, SignsTheWhole):
            self.auth.sign_whole(self, headers, wanted.method, url)
        self._refuse_over_budget(wanted.resource)
        try:
            with self.pacer.turn():
                answer = self._session.request(
                    wanted.method,
                    url,
                    headers=headers,
                    json=wanted.json,
                    data=wanted.form,
                    timeout=(CONNECT_TIMEOUT_SECONDS, self._timeout),
                    allow_redirects=False,
                    auth=_unsigned,
                )
        except requests.RequestException as error:
            failure = _in_words(error)
        else:
            log.debug("%s: %s %s: HTTP %s", self.instance, wanted.method, self.redact(url), answer.status_code)
            return answer
        raise _Fault(failure)

    def _address(self, wanted: Wanted) -> str:
        """Return the full address; a link that an answer gave carries the common parameters already."""
        if not wanted.signed:
            return wanted.target
        common = {name: text for name, text in self._parameters.items() if f"{name}=" not in wanted.target}
        return with_query(self.url(wanted.target, wanted.resource), {**common, **(wanted.params or {})})

    def _wait_or_give_up(self, wanted: Wanted, problem: Exception, attempt: int) -> None:
        """Wait before the next attempt, at least as long as the system asked; raise when it was the last."""
        asked = getattr(problem, "retry_after", None) or 0.0
        said = f"{wanted}: {problem}"
        if asked > LONGEST_RETRY_AFTER:
            raise self.error(SourceUnavailable, wanted.resource, f"{said}; it asks to wait {asked:.0f} s")
        if attempt >= self._retry.attempts:
            raise self.error(SourceUnavailable, wanted.resource, f"{said} ({attempt} attempts)")
        wait = max(self._retry.wait(attempt), asked)
        log.warning("%s: %s; again in %.1f s", self.instance, self.redact(said), wait)
        self.clock.sleep(wait)

    def move_to(self, base_url: str) -> None:
        """Talk to the address the token server named; it may not be less protected than the one configured."""
        if urlsplit(self.base_url).scheme == "https" and urlsplit(base_url).scheme != "https":
            raise self.error(SourceRefused, None, f"the token server points to {base_url}, which is not https")
        self.base_url = base_url.rstrip("/")

    def url(self, target: str, resource: str | None) -> str:
        """Return the absolute address of a path or link; a link to another origin is refused."""
        if not urlsplit(target).scheme:
            return f"{self.base_url}/{target.lstrip('/')}"
        if origin(target) != origin(self.base_url):
            raise self.error(
                SourceRefused,
                resource,
                f"the answer links to another origin ({origin(target)})",
                next_step="check base_url; credentials are never sent to an address that an answer names",
            )
        return target

    def error(
        self, kind: type[SourceError], resource: str | None, message: str, next_step: str | None = None
    ) -> SourceError:
        """Return an error about this instance, its text free of secrets."""
        return kind(
            self.redact(message), system=self.system, instance=self.instance, resource=resource, next_step=next_step
        )

    def _refuse_over_budget(self, resource: str | None) -> None:
        if self.pacer.is_exhausted():
            raise self.error(
                SourceRefused,
                resource,
                f"the budget of {self.pacer.budget.requests_per_day} requests is used up",
                next_step="wait for the next day, or raise requests_per_day in system.yaml with the owner's consent",
            )

    def _check(self, answer: requests.Response, wanted: Wanted) -> None:
        """Raise unless the answer is a success."""
        status = self._status_of(answer)
        if 200 <= status < 300:
            return
        if 300 <= status < 400:
            goal = answer.headers.get("Location", "nowhere")
            raise self.error(SourceRefused, wanted.resource, f"{wanted} redirects to {goal}, as a login page does")
        code, reason = vendor_reason(answer)
        named = f" {code}" if code not in ("", str(status)) else ""
        said = f"HTTP {answer.status_code}{named}" + (f": {reason}" if reason else "")
        if status >= 500 or status in FAULT_STATUSES or code in self._passing_codes:
            raise _Fault(self.redact(said), self._retry_after(answer))
        next_step = self._next_steps.get(code) or self._next_steps.get(str(status))
        raise self.error(SourceRefused, wanted.resource, f"{wanted}: {said}", next_step)

    def _retry_after(self, answer: requests.Response) -> float | None:
        """Return the seconds a Retry-After asks for, given as seconds or as a date, or those until a limit is reset."""
        text = answer.headers.get("Retry-After") or answer.headers.get("RateLimit-Reset", "")
        if text.isdigit():
            return float(text)
        try:
            return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - self.clock.epoch())
        except ValueError:
            return None


def with_query(url: str, params: dict[str, Any]) -> str:
    """Return the address with parameters; spaces as %20, because not every server reads + as a space."""
    if not params:
        return url
    query = urlencode(params, doseq=True, quote_via=quote, safe="$,'():")
    return f"{url}{'&' if '?' in url else '?'}{query}"


def _unsigned(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Sign nothing: with no `auth` at all, requests would look for passwords in ~/.netrc."""
    return request


def _in_words(error: requests.RequestException) -> str:
    if isinstance(error, requests.ConnectTimeout):
        return "no connection in time"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection was cut in mid-answer"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return type(error).__name__


def origin(url: str) -> str:
    """Return scheme and host of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
