"""Faults by label: which requests of which system meet an outage, a limit, a cut connection and the like."""

import re
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

# Label → how many matching requests it hits when nothing else is said (None: every one from the nth on).
LABELS: dict[str, int | None] = {
    # Every request, logging on included, is met by a reset of its connection before a byte of an answer. The systems
    # share a port, so connecting itself still succeeds; a client that has sent nothing yet does not notice the outage.
    # With `status` there is an answer: that status in the vendor's words, as from a gateway whose backend is gone.
    "outage": None,
    "dies_at_page": None,  # like an outage without status, from the nth data request on: `dies_at_page:3`
    "rate_limit": 1,  # the vendor's own answer over its limit; `retry_after` adds the header
    "server_error": 1,  # the vendor's 5xx (`status`, 500 by default)
    "cut_connection": 1,  # half of the announced body, then the connection closes
    "expired_token": 1,  # every session of the system ends before this request
    "slow_page": 1,  # the answer waits for `seconds`
    "malformed_json": 1,  # a body that breaks off and is announced as complete
    "html_login_200": 1,  # a login page with status 200
    "endless_next": None,  # the page names itself as the next one
    "task_failed": 1,  # an export, import or bulk job that ends without success
}
SYSTEMS = (
    "sap_s4hana",
    "salesforce",
    "stripe",
    "anaplan",
    "ecb",
    "netsuite",
    "business_central",
    "d365_finance",
    "oracle_fusion",
    "chargebee",
    "zuora",
    "coupa",
)
# Logging on is not a page: these paths meet only the faults that hit a whole system.
_LOGON_PATH = re.compile(r"/services/oauth2/|/auth/token/|^/token/|/oauth2/v2.0/|/oauth2?/token$")
_WHOLE_SYSTEM = frozenset({"outage", "slow_page"})
# Some labels only make sense where something is started.
_PATH_OF_LABEL = {"task_failed": r"/(tasks|readRequests)$|/jobs/query/?$|/batch-query/$"}


class UnknownFault(ValueError):
    """A fault that cannot be understood; the message lists what there is."""


@dataclass(frozen=True)
class Fault:
    """One fault: hits requests of `system` whose path contains a match of `path`, from the `nth` such request on."""

    label: str
    system: str
    path: str = ""
    nth: int = 1
    count: int | None = None
    status: int | None = None
    retry_after: int | None = None
    seconds: float = 2.0

    @classmethod
    def from_fields(cls, given: Mapping[str, Any]) -> "Fault":
        """Builds a fault from a JSON object; raises UnknownFault on a label, field or pattern that does not exist."""
        if not isinstance(given, Mapping):
            raise UnknownFault(f"a fault is an object with label and system, not {given!r}")
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(given) - known):
            raise UnknownFault(f"a fault has no field {', '.join(unknown)}; it has {', '.join(sorted(known))}")
        label, _, nth = str(given.get("label", "")).partition(":")
        if label not in LABELS:
            raise UnknownFault(f"no fault is called {label!r}; there are {', '.join(LABELS)}")
        system = given.get("system")
        if not system:
            raise UnknownFault(f"fault {label!r} names no system")
        if system not in SYSTEMS:
            raise UnknownFault(f"there is no system {system!r} here; there are {', '.join(SYSTEMS)}")
        settings = {"count": LABELS[label], "path": _PATH_OF_LABEL.get(label, "")} | dict(given) | {"label": label}
        if nth:
            settings["nth"] = nth
        try:
            settings |= {
                name: int(settings[name])
                for name in ("nth", "count", "status", "retry_after")
                if settings.get(name) is not None
            }
            settings["seconds"] = float(settings.get("seconds", cls.seconds))
            re.compile(settings["path"])
        except (ValueError, re.error) as error:
            raise UnknownFault(f"fault {label!r} on {given['system']}: {error}") from error
        return cls(**settings)

    @classmethod
    def parse(cls, text: str) -> "Fault":
        """Reads the command line's form `system:label[:nth][,field=value…]`: `stripe:rate_limit:3,retry_after=1`."""
        head, *extras = text.split(",")
        system, _, label = head.partition(":")
        if malformed := [extra for extra in extras if "=" not in extra]:
            raise UnknownFault(f"{malformed[0]!r} in {text!r} is not field=value")
        return cls.from_fields(dict(extra.split("=", 1) for extra in extras) | {"system": system, "label": label})

    def concerns(self, system: str, path: str) -> bool:
        if system != self.system or not re.search(self.path, path):
            return False
        return bool(self.path) or self.label in _WHOLE_SYSTEM or not _LOGON_PATH.search(path)


class Faults:
    """The faults now set, with the count of requests each has seen. Safe to use from several threads."""

    def __init__(self, faults: list[Fault] | None = None):
        self._lock = threading.Lock()
        self._seen: dict[int, int] = {}
        self._faults: list[Fault] = list(faults or [])

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()
            self._seen.clear()

    def take(self, system: str, path: str) -> Fault | None:
        """The fault this request meets, if any; counts the request for every fault it concerns."""
        hit = None
        with self._lock:
            for position, fault in enumerate(self._faults):
                if not fault.concerns(system, path):
                    continue
                seen = self._seen[position] = self._seen.get(position, 0) + 1
                is_due = seen >= fault.nth and (fault.count is None or seen < fault.nth + fault.count)
                if is_due and hit is None:
                    hit = fault
        return hit

    def listing(self) -> list[dict[str, Any]]:
        """Every fault with its fields and `seen`, the number of requests it concerned so far."""
        with self._lock:
            return [
                asdict(fault) | {"seen": self._seen.get(position, 0)} for position, fault in enumerate(self._faults)
            ]
