"""How fresh every instance is: the state that a run passes on to everything it publishes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from finance_assets.control.store import WITHDRAWN, AcceptedResource, Outcome, SourceStatus
from finance_assets.lib.night import Night


def source_status(
    night: Night, accepted: Sequence[AcceptedResource], rows_held: Mapping[str, int]
) -> list[SourceStatus]:
    """Return the state of every instance of the company.

    `current`: its last accepted load is of the run's day, and no later one failed tonight; `stale`: it is older, or
    tonight's failed; `absent`: nothing was ever accepted. `rows_held` counts the records held per instance. What an
    instance no longer reads does not make it stale, for its rows are withdrawn, but is said.
    """
    latest: dict[str, AcceptedResource] = {}
    of_resource: dict[tuple[str, str], AcceptedResource] = {}
    for row in accepted:
        if row.instance not in latest or row.load_sequence > latest[row.instance].load_sequence:
            latest[row.instance] = row
        of_resource[row.instance, row.resource] = row
    unread: dict[str, list[str]] = defaultdict(list)
    for row in of_resource.values():
        if row.load_mode == WITHDRAWN:
            unread[row.instance].append(f"{row.resource} is no longer read, since {row.as_of}: its rows are withdrawn")
    attempts = night.store.loads_of_run(night.run_id)
    return [
        _status(
            night, name, instance.system, latest.get(name), attempts.get(name), rows_held.get(name, 0), unread[name]
        )
        for name, instance in night.company.instances.items()
    ]


def outcome_of(statuses: Sequence[SourceStatus], held: Sequence[str] = ()) -> tuple[Outcome, str | None]:
    """Return the outcome of a run that has published, and why it is not healthy; `held` are the consumers it holds."""
    behind = [f"{status.source_instance} is {status.state}" for status in statuses if status.state != "current"]
    if not behind:
        return "healthy", None
    waiting = [f"held: {', '.join(held)}"] if held else []
    return "degraded", "; ".join([", ".join(behind), *waiting])


def _status(
    night: Night,
    name: str,
    system: str,
    last: AcceptedResource | None,
    attempt: Mapping[str, Any] | None,
    rows_held: int,
    unread: Sequence[str],
) -> SourceStatus:
    failed = attempt is not None and attempt["status"] != "accepted"
    rows_read = attempt["rows_read"] if attempt is not None and not failed else 0
    reason = attempt["reason"] if failed else None
    if last is None:
        return SourceStatus(name, system, "absent", None, None, None, 0, 0, reason or "no load was accepted yet")
    age = (night.as_of - last.as_of).days
    is_current = age == 0 and not failed
    if not is_current and not reason:
        reason = "was not extracted by this run"
    state = "current" if is_current else "stale"
    why = "; ".join([*([reason] if reason else []), *unread]) or None
    return SourceStatus(name, system, state, last.as_of, age, last.load_id, rows_held, rows_read, why)
