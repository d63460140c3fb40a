"""What becomes of the incidents when a run has ended: pure transitions, no database.

A failure that lasts is one incident, over however many nights: it is told when it is new, when it gets worse and when
it ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from finance_assets.control.exceptions import SEVERITIES

NEW, ESCALATED, ENDED = "new", "escalated", "ended"

Incident = dict[str, Any]


@dataclass(frozen=True)
class Failure:
    """Something that has failed in a run. The amount is what does not tie, where that is known, in its currency."""

    failure_class: str
    subject: str
    owner: str
    severity: str
    reason: str
    next_step: str
    amount: Decimal | None = None
    currency_code: str | None = None


def reconcile_incidents(
    known: Iterable[Mapping[str, Any]],
    failures: Iterable[Failure],
    has_ended: Callable[[Mapping[str, Any]], bool],
    run_id: str,
    as_of: date,
) -> list[tuple[str | None, Incident]]:
    """Return the incidents that the run concerns as they are then, each with what there is to tell of it, if anything.

    `known` are the open ones. One that the run has not met again stays as it is, unless `has_ended` says otherwise.
    """
    before = {(row["failure_class"], row["subject"]): dict(row) for row in known}
    concerned: list[tuple[str | None, Incident]] = []
    for failure in failures:
        row = before.pop((failure.failure_class, failure.subject), None)
        now = {**asdict(failure), "last_run_id": run_id}
        if row is None:
            dates = {"first_seen": as_of, "last_seen": as_of, "first_run_id": run_id, "ended_as_of": None}
            concerned.append((NEW, {**now, **dates}))
            continue
        is_worse = SEVERITIES.index(failure.severity) > SEVERITIES.index(row["severity"])
        seen = {"last_seen": max(as_of, row["last_seen"]), "first_seen": min(as_of, row["first_seen"])}
        # What it was once told as, it stays: a severity that goes up and down would be told every other night.
        severity = failure.severity if is_worse else row["severity"]
        concerned.append((ESCALATED if is_worse else None, {**row, **now, **seen, "severity": severity}))
    concerned += [(ENDED, {**row, "ended_as_of": as_of}) for row in before.values() if has_ended(row)]
    return concerned
