"""What a person may decide about an exception, and what becomes of it then: pure transitions, no database.

A decision is taken on the queue as a night left it: its as-of date is that night's, never the clock's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from finance_assets.control.exceptions import NO_DEADLINES, NO_WAIVER, entry

# From which statuses a decision can be taken.
_ALLOWED_FROM = {
    "assign": ("open", "assigned", "reopened"),
    "comment": ("open", "assigned", "resolved", "waived", "reopened", "cleared"),
    "resolve": ("assigned", "reopened"),
    "waive": ("assigned", "reopened"),
    "approve": ("assigned", "reopened"),
    "reject": ("assigned", "reopened"),
    "reopen": ("waived",),
}
# What is decided so is somebody's: it is assigned first. What was somebody's when it was reopened still is.
_OF_AN_ASSIGNEE = ("resolve", "waive", "approve", "reject")
# How each decision is typed.
_TYPED = {
    "assign": "assign {id}",
    "comment": 'comment {id} "…"',
    "resolve": 'resolve {id} --reason "…"',
    "waive": 'waive {id} --until {until} --reason "…"',
    "approve": "approve {id}",
    "reject": 'reject {id} --reason "…"',
    "reopen": 'reopen {id} --reason "…"',
}
# Enough of an id to tell thousands of exceptions apart, short enough to type.
ID_SHOWN = 8
# What the example of a waiver asks for, where its type allows as much.
_USUAL_WAIVER = timedelta(days=90)


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
    if row["assignee"] is None:
        closed = _OF_AN_ASSIGNEE
    return [name for name in allowed if name not in closed]


def typed(row: Mapping[str, Any], decision: str, as_of: date) -> str:
    """Return the command that takes the decision on the exception, on the queue of that day."""
    latest = _latest_waiver_end(row, as_of)
    until = as_of + _USUAL_WAIVER
    line = _TYPED[decision].format(id=row["exception_id"][:ID_SHOWN], until=min(until, latest) if latest else until)
    return f"finance exceptions {line}"


def is_waiver_asked_for(row: Mapping[str, Any]) -> bool:
    """Return whether a waiver of the exception waits for its approver."""
    return row["waiver_requested_by"] is not None and row["waiver_approved_by"] is None


def is_same_person(one: str | None, other: str) -> bool:
    """Return whether two names are one person's: a name in capitals is nobody else."""
    return (one or "").strip().casefold() == other.strip().casefold()


def assign(row: Mapping[str, Any], by: str, as_of: date, to: str) -> Decision:
    """Return the exception in the hands of `to`."""
    _require(row, "assign", as_of)
    person = _said(to, "name the person it is assigned to")
    changes = {"assignee": [row["assignee"], person]}
    return _decided(row, "assigned", by, as_of, {"status": "assigned", "assignee": person}, None, changes)


def comment(row: Mapping[str, Any], by: str, as_of: date, text: str) -> Decision:
    """Return the exception as it was; the comment is in its history."""
    _require(row, "comment", as_of)
    return _decided(row, "commented", by, as_of, {}, _said(text, "a comment needs words"))


def resolve(row: Mapping[str, Any], by: str, as_of: date, reason: str) -> Decision:
    """Return the exception resolved: the next night confirms it, or reopens it."""
    _require(row, "resolve", as_of)
    said = _said(reason, "say what was done: a resolution needs a reason")
    return _decided(row, "resolved", by, as_of, {"status": "resolved", "resolution": said}, said)


def request_waiver(row: Mapping[str, Any], by: str, as_of: date, reason: str, until: date) -> Decision:
    """Return the exception with a waiver asked for; it stays in work until somebody else approves it.

    Refused for a day that is over and for one beyond the longest term that waivers of its type may have.
    """
    _require(row, "waive", as_of)
    said = _said(reason, "say why it is accepted: a waiver needs a reason")
    _require_future(row, until, as_of)
    latest = _latest_waiver_end(row, as_of)
    if latest and until > latest:
        raise DecisionRefused(
            f"{_name(row)}: a waiver until {until} is too long; of this type it may last "
            f"{row['longest_waiver_days']} days, until {latest} at the latest"
        )
    waiver = {**NO_WAIVER, "waiver_reason": said, "waiver_until": until, "waiver_requested_by": by}
    return _decided(row, "waiver_requested", by, as_of, waiver, said, {"waiver_until": [None, until.isoformat()]})


def approve_waiver(row: Mapping[str, Any], by: str, as_of: date) -> Decision:
    """Return the exception waived through the waiver's end date. Nobody approves what they asked for."""
    _require(row, "approve", as_of)
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
    _require(row, "reject", as_of)
    said = _said(reason, "say why it is not accepted: a rejection needs a reason")
    return _decided(row, "waiver_rejected", by, as_of, NO_WAIVER, said)


def end_waiver(row: Mapping[str, Any], by: str, as_of: date, reason: str) -> Decision:
    """Return a waived exception in work again, before its waiver is over, and with whom it was.

    It has a term of its own from the next night on, as one that a night reopens.
    """
    _require(row, "reopen", as_of)
    said = _said(reason, "say why it is accepted no longer: ending a waiver needs a reason")
    changes = {"waiver_until": [row["waiver_until"].isoformat(), None]}
    reopened = {**NO_WAIVER, **NO_DEADLINES, "status": "reopened", "sla_status": "on_time"}
    return _decided(row, "waiver_ended", by, as_of, reopened, said, changes)


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


def _require(row: Mapping[str, Any], decision: str, as_of: date) -> None:
    allowed = allowed_decisions(row)
    if decision in allowed:
        return
    status = row["status"]
    if is_waiver_asked_for(row):
        status = f"{status}, with a waiver asked for by {row['waiver_requested_by']}"
    elif status in _ALLOWED_FROM["waive"]:
        status = f"{status}, {'and no waiver is asked for' if row['assignee'] else 'and assigned to nobody'}"
    commands = "".join(f"\n  {typed(row, name, as_of)}" for name in allowed)
    raise DecisionRefused(
        f"{_name(row)} is {status}: one cannot {decision} it; what is allowed now: {', '.join(allowed)}{commands}"
    )


def _latest_waiver_end(row: Mapping[str, Any], as_of: date) -> date | None:
    """The last day a waiver asked for now may be good for; none while no night has said how long one may be."""
    longest = row["longest_waiver_days"]
    return None if longest is None else as_of + timedelta(days=longest)


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
    return f"exception {row['exception_id'][:ID_SHOWN]} ({row['type']})"
