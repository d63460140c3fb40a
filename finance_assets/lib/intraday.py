"""Micro-batches: which events have come into the inboxes since the last look, and what a run for them has to load."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dlt_sources.errors import ConfigurationError
from dlt_sources.events.inbox import LOOK_BACK_SECONDS, Arrival, Inbox, refreshed_instances
from dlt_sources.registry import load_systems
from dlt_sources.settings import Company, Instance, fill_address

# The kind of system whose instances are inboxes.
EVENTS = "events"


@dataclass(frozen=True)
class Batch:
    """Files that nobody has taken yet, and the instances whose records they are about that are to be loaded with them.

    `key` is the same for the same files: a batch is run once.
    """

    inboxes: tuple[str, ...]
    files: int
    refreshes: tuple[str, ...]
    key: str

    @property
    def instances(self) -> tuple[str, ...]:
        """What a run for the batch extracts."""
        return (*self.inboxes, *self.refreshes)


def inboxes(company: Company) -> list[str]:
    """Return the names of the instances that are inboxes of events."""
    systems = load_systems()
    return [name for name, instance in company.instances.items() if systems[instance.system].kind == EVENTS]


def require_inboxes(company: Company) -> list[str]:
    """Return the same; raise ConfigurationError when there is none."""
    if names := inboxes(company):
        return names
    raise ConfigurationError(f"{company.path}: there is no inbox: add an instance of system '{EVENTS}' with a `folder`")


def inbox_instance(company: Company, name: str | None) -> Instance:
    """Return the inbox of that name, or the only one; raise ConfigurationError when that names none or several."""
    known = require_inboxes(company)
    if name is None and len(known) > 1:
        raise ConfigurationError(f"{company.path}: there are several inboxes ({', '.join(known)}): say which is meant")
    if name is not None and name not in known:
        raise ConfigurationError(f"{company.path}: '{name}' is no inbox (there are: {', '.join(known)})")
    return company.instances[name or known[0]]


def open_inbox(instance: Instance) -> Inbox:
    """Return the instance's inbox; raise ConfigurationError when its folder is not there."""
    folder = Path(fill_address(instance.folder, instance))
    if not folder.is_dir():
        raise ConfigurationError(f"instance '{instance.name}': there is no folder '{folder}': create it, or mount it")
    return Inbox(folder, _option(instance, "files"))


def refreshable(company: Company) -> set[str]:
    """Return the instances that an event may ask to be loaded; raise ConfigurationError for one there is not."""
    named = {
        name: inbox for inbox in inboxes(company) for name in _option(company.instances[inbox], "refreshes").split()
    }
    for name, inbox in named.items():
        if name not in company.instances:
            raise ConfigurationError(f"{company.path}: instances.{inbox}.options.refreshes: there is no '{name}'")
    return set(named)


def next_batch(company: Company, cursor: str | None) -> tuple[Batch | None, str]:
    """Return the files that have come since the cursor, if any, and the cursor behind them.

    The cursor holds, per inbox, the moment of the newest file taken, and name and hash of the files around it: a moment
    alone would miss one that came at the same time.
    """
    before: dict[str, Any] = json.loads(cursor) if cursor else {}
    after, taken = {}, {}
    for name in inboxes(company):
        seen = before.get(name, {"until": 0, "files": {}})
        arrivals = open_inbox(company.instances[name]).arrivals(seen["until"] - LOOK_BACK_SECONDS)
        digests = {each.path.name: each.digest for each in arrivals}
        taken[name] = [each for each in arrivals if seen["files"].get(each.path.name) != digests[each.path.name]]
        until = max((each.arrived_at for each in arrivals), default=seen["until"])
        around = {each.path.name for each in arrivals if each.arrived_at >= until - LOOK_BACK_SECONDS}
        after[name] = {
            "until": until,
            "files": {file: digest for file, digest in sorted(digests.items()) if file in around},
        }
    return _batch(company, taken), json.dumps(after)


def waiting_batch(company: Company, since: Mapping[str, datetime | None]) -> Batch | None:
    """Return what has come into every inbox since a moment, the one at which its last accepted load began."""
    return _batch(
        company,
        {
            name: open_inbox(company.instances[name]).arrivals(moment.timestamp() if moment else 0)
            for name, moment in since.items()
        },
    )


def _batch(company: Company, files: Mapping[str, Iterable[Arrival]]) -> Batch | None:
    names = {name: list(arrivals) for name, arrivals in files.items() if arrivals}
    if not names:
        return None
    asked: set[str] = set()
    for name, arrivals in names.items():
        allowed = set(_option(company.instances[name], "refreshes").split())
        asked |= allowed & refreshed_instances([each.path for each in arrivals])
    said = sorted(f"{name} {each.path.name} {each.digest}" for name, arrivals in names.items() for each in arrivals)
    key = hashlib.sha256("\n".join(said).encode()).hexdigest()
    return Batch(tuple(names), len(said), tuple(sorted(asked)), key)


def _option(instance: Instance, name: str) -> str:
    return instance.option(load_systems()[instance.system], name)
