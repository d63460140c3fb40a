"""What a person may decide about an exception, and what becomes of it then: pure transitions, no database.

A decision is taken on the queue as a night left it: its as-of date is that night's, never the clock's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from finance_assets.control.exceptions import NO_WAIVER, entry

# From which statuses a decision can be taken. What somebody decides is somebody's: first assign, then resolve or waive.
_ALLOWED_FROM = {
    "assign": ("open", "assigned", "reopened"),
    "comment": ("open", "assigned", "resolved", "waived", "reopened", "cleared"),
    "resolve": ("assigned",),
    "waive": ("assigned",),
    "approve": ("assigned",),
    "reject": ("assigned",),
}


class DecisionRefused(Exception):
    """The decision is not allowed; the message says what is."""


@dataclass(frozen=True)
class Decision:
    """The row of the exception as the decision leaves it, and its line of history."""

    row: dict[str, Any]
    history: dict[str, Any]


def allowed_decisions(row: Mapping[str, Any]) -> list[str]:
    """Return which decisions the exception is open to, in the order in which they are usually taken."""
    allowed = [name for name, statuses in _ALLOWED_FROM.items() if row["status"] in statuses]
    closed = ("resolve", "waive") if is_waiver_asked_for(row) else ("approve", "reject")
    return [name for name in allowed if name not in closed]


def is_waiver_asked_for(row: Mapping[str, Any]) -> bool:
    """Return whether a waiver of the exception waits for its approver."""
    return row["waiver_requested_by"] is not None and row["waiver_approved_by"] is None


def is_same_person(one: str | None, other: str) -> bool:
    """Return whether two names are one person's: a name in capitals is nobody else."""
    return (one or "").strip().casefold() == other.strip().casefold()


def assign(row: Mapping[str, Any], by: str, as_of: date, to: str) -> Decision:
    """Return the exception in the hands of `to`."""
    _require(row, "assign")
    person = _said(to, "name the person it is assigned to")
    changes = {"assignee": [row["assignee"], person]}
    return _decided(row, "assigned", by, as_of, {"status": "assigned", "assignee": person}, None, changes)


def comment(row: Mapping[str, Any], by: str, as_of: date, text: str) -> Decision:
    """Return the exception as it was; the comment is in its history."""
    _require(row, "comment")
    return _decided(row, "commented", by, as_of, {}, _said(text, "a comment needs words"))


def resolve(row: Mapping[str, Any], by: str, as_of: date, reason: str) -> Decision:
    """Return the exception resolved: the next night confirms it, or reopens it."""
    _require(row, "resolve")
    said = _said(reason, "say what was done: a resolution needs a reason")
    return _decided(row, "resolved", by, as_of, {"status": "resolved", "resolution": said}, said)


def request_waiver(row: Mapping[str, Any], by: str, as_of: date, reason: str, until: date) -> Decision:
    """Return the exception with a waiver asked for; it stays in work until somebody else approves it."""
    _require(row, "waive")
    said = _said(reason, "say why it is accepted: a waiver needs a reason")
    _require_future(row, until, as_of)
    waiver = {**NO_WAIVER, "waiver_reason": said, "waiver_until": until, "waiver_requested_by": by}
    return _decided(row, "waiver_requested", by, as_of, waiver, said, {"waiver_until": [None, until.isoformat()]})


def approve_waiver(row: Mapping[str, Any], by: str, as_of: date) -> Decision:
    """Return the exception waived through the waiver's end date. Nobody approves what they asked for."""
    _require(row, "approve")
    requester, until = row["waiver_requested_by"], row["waiver_until"]
    if is_same_person(by, requester):
        raise DecisionRefused(
            f"{_name(row)}: {by} asked for this waiver and cannot approve it; somebody else has to approve or reject it"
        )
    _require_future(row, until, as_of)
    waived = {"status": "waived", "waiver_approved_by": by}
    said = f"asked for by {requester}, until {until}: {row['waiver_reason']}"
    return _decided(row, "waiver_approved", by, as_of, waived, said)


def reject_waiver(row: Mapping[str, Any], by: str, as_of: date, reason: str) -> Decision:
    """Return the exception in work as before; whoever asked may take the request back the same way."""
    _require(row, "reject")
    said = _said(reason, "say why it is not accepted: a rejection needs a reason")
    return _decided(row, "waiver_rejected", by, as_of, NO_WAIVER, said)


def _decided(
    row: Mapping[str, Any],
    event: str,
    by: str,
    as_of: date,
    change: Mapping[str, Any],
    reason: str | None,
    changes: Mapping[str, Any] | None = None,
) -> Decision:
    after = {**row, **change, "decided_as_of": as_of}
    line = entry(
        row, event, as_of, _said(by, "say who decides"), to_status=after["status"], reason=reason, changes=changes
    )
    return Decision(after, line)


def _require(row: Mapping[str, Any], decision: str) -> None:
    allowed = allowed_decisions(row)
    if decision in allowed:
        return
    status = row["status"]
    if status == "assigned" and is_waiver_asked_for(row):
        status = f"assigned, with a waiver asked for by {row['waiver_requested_by']}"
    elif status == "assigned":
        status = "assigned, and no waiver is asked for"
    raise DecisionRefused(
        f"{_name(row)} is {status}: one cannot {decision} it; what is allowed now: {', '.join(allowed)}"
    )


def _require_future(row: Mapping[str, Any], until: date, as_of: date) -> None:
    if until <= as_of:
        raise DecisionRefused(
            f"{_name(row)}: a waiver until {until} would be over already, the queue is of {as_of}; "
            "it needs an end date after that day"
        )


def _said(text: str, otherwise: str) -> str:
    said = (text or "").strip()
    if not said:
        raise DecisionRefused(otherwise)
    return said


def _name(row: Mapping[str, Any]) -> str:
    return f"exception {row['exception_id'][:8]} ({row['type']})"
