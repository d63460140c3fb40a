"""What becomes of the work queue when a run has found its differences: pure transitions, no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

# What somebody still has to work. `resolved` waits for a night to confirm it, `waived` for its end date.
OPEN_STATUSES = ("open", "assigned", "reopened")
SEVERITIES = ("low", "medium", "high", "critical")
# Who changes an exception when no person does.
NIGHT = "night"

# What an exception is at risk of changing from night to night; a change is worth a line of history.
_TRACKED = ("amount_transaction", "amount_at_risk_group", "severity", "owner", "entity_code")
# What a night says of an exception but the queue keeps for good, from the night that opened it.
_DEADLINES = ("due_date", "due_at", "warn_at")
# An exception that the next night that finds it gives a term of its own.
NO_DEADLINES = dict.fromkeys(_DEADLINES)
# An exception without a waiver, asked for or approved.
NO_WAIVER = {"waiver_reason": None, "waiver_until": None, "waiver_requested_by": None, "waiver_approved_by": None}
_SLA_ORDER = ("on_time", "warned", "breached")


@dataclass(frozen=True)
class FoundException:
    """A difference a run has found. Amounts in the transaction currency and, at risk, in the group's.

    The deadlines (UTC) are those of an exception whose first day this is; without them it has none.
    """

    exception_id: str
    type: str
    natural_key: str
    entity_code: str | None
    period_month: date | None
    amount_transaction: Decimal | None
    transaction_currency: str | None
    amount_at_risk_group: Decimal | None
    group_currency: str | None
    severity: str | None
    owner: str | None
    description: str | None
    source_instance: str | None
    next_step: str | None = None
    # Calendar days that a waiver of it may last; without them as long as two people agree.
    longest_waiver_days: int | None = None
    due_date: date | None = None
    due_at: datetime | None = None
    warn_at: datetime | None = None
    is_business_day: bool = True

    def facts(self) -> dict[str, Any]:
        """Return what the queue takes over every night: all but the deadlines and the kind of day."""
        return {name: value for name, value in asdict(self).items() if name not in (*_DEADLINES, "is_business_day")}

    def deadlines(self) -> dict[str, Any]:
        """Return the deadlines of an exception that begins today."""
        return {name: getattr(self, name) for name in _DEADLINES}


@dataclass
class QueueChange:
    """Whole rows to insert and to update, and the history that says why."""

    opened: list[dict[str, Any]] = field(default_factory=list)
    updated: list[dict[str, Any]] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)


def end_of_day(as_of: date) -> datetime:
    """Return the moment the day has ended in UTC."""
    return datetime.combine(as_of + timedelta(days=1), time(), UTC)


def reconcile_queue(
    known: Mapping[str, Mapping[str, Any]],
    found: Sequence[FoundException],
    as_of: date,
    day_ended_at: datetime | None = None,
) -> QueueChange:
    """Return what changes when `found` is everything that is wrong as of that day.

    What is new opens; what is found again is older by a day; what is no longer found clears itself; what was cleared,
    or was resolved on an earlier day, and is found again reopens. A waiver keeps an exception quiet through its end
    date. An exception that was seen, cleared or decided after `as_of` is left alone: a run of an earlier day tells
    nothing about today's queue. `day_ended_at` is when the day ended where the company is; what was due by then is
    overdue, and what its early warning has reached is warned of, once each and only on business days of its entity.
    """
    change = QueueChange()
    moment = day_ended_at or end_of_day(as_of)
    for exception in found:
        row = known.get(exception.exception_id)
        if row is None:
            _Found(change, {}, exception, as_of, moment).open()
        elif latest_news(row) <= as_of:
            _Found(change, row, exception, as_of, moment).see_again()
    found_ids = {exception.exception_id for exception in found}
    for exception_id, row in known.items():
        if exception_id not in found_ids and row["status"] != "cleared" and latest_news(row) <= as_of:
            pending = {} if row["waiver_approved_by"] else NO_WAIVER
            change.updated.append({**row, **pending, "status": "cleared", "cleared_as_of": as_of})
            change.history.append(entry(row, "cleared", as_of, NIGHT, to_status="cleared"))
    return change


def entry(
    row: Mapping[str, Any],
    event: str,
    as_of: date,
    by: str,
    *,
    to_status: str | None = None,
    reason: str | None = None,
    changes: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a line of history: who, as of when, from which status to which, and why."""
    return {
        "exception_id": row["exception_id"],
        "event": event,
        "as_of": as_of,
        "changed_by": by,
        "from_status": row.get("status"),
        "to_status": to_status or row.get("status"),
        "reason": reason,
        "changes": dict(changes or {}),
    }


def latest_news(row: Mapping[str, Any]) -> date:
    """Return the last day of which anything is known about the exception, from a night or from a person."""
    return max(row["last_seen"], row["cleared_as_of"] or row["last_seen"], row["decided_as_of"] or row["last_seen"])


class _Found:
    """One found exception beside its row in the queue; what happens to it is appended to `change`."""

    def __init__(
        self,
        change: QueueChange,
        row: Mapping[str, Any],
        exception: FoundException,
        as_of: date,
        moment: datetime,
    ) -> None:
        self._change = change
        self._before = row
        self._row = dict(row)
        self._exception = exception
        self._as_of = as_of
        self._moment = moment

    def open(self) -> None:
        """Put the exception into the queue."""
        self._row = {
            **self._exception.facts(),
            **self._exception.deadlines(),
            **NO_WAIVER,
            "status": None,
            "assignee": None,
            "resolution": None,
            "sla_status": "on_time",
            "first_seen": self._as_of,
            "last_seen": self._as_of,
            "cleared_as_of": None,
            "decided_as_of": None,
        }
        self._move("opened", "open")
        self._watch_deadlines()
        self._change.opened.append(self._row)

    def see_again(self) -> None:
        """Bring the exception up to what was found."""
        facts = self._exception.facts()
        changes = {
            name: [_text(self._row[name]), _text(facts[name])] for name in _TRACKED if self._row[name] != facts[name]
        }
        self._row |= {**facts, "last_seen": self._as_of}
        reason = self._why_it_reopens()
        if self._row["status"] == "cleared" and self._is_waiver_in_force():
            self._row["cleared_as_of"] = None
            self._move("waived_again", "waived", f"found again; waived until {self._row['waiver_until']}", changes)
        elif reason:
            self._reopen(reason, changes)
        elif changes:
            self._change.history.append(entry(self._row, "changed", self._as_of, NIGHT, changes=changes))
        if self._row["due_at"] is None:
            self._row |= self._exception.deadlines()
        self._watch_deadlines()
        if self._row != dict(self._before):
            self._change.updated.append(self._row)

    def _why_it_reopens(self) -> str | None:
        row = self._row
        if row["status"] == "cleared":
            return f"found again, after it had cleared as of {row['cleared_as_of']}"
        if row["status"] == "resolved" and row["decided_as_of"] < self._as_of:
            return f"still found, after it was resolved as of {row['decided_as_of']}"
        if row["status"] == "waived" and not self._is_waiver_in_force():
            return f"its waiver ended on {row['waiver_until']}"
        return None

    def _is_waiver_in_force(self) -> bool:
        return self._row["waiver_approved_by"] is not None and self._as_of <= self._row["waiver_until"]

    def _reopen(self, reason: str, changes: Mapping[str, Any]) -> None:
        """A relapse is worked anew: with a term of its own, and without the decisions that did not hold."""
        self._row |= {**self._exception.deadlines(), **NO_WAIVER}
        self._row |= {"sla_status": "on_time", "cleared_as_of": None, "resolution": None}
        self._move("reopened", "reopened", reason, changes)

    def _watch_deadlines(self) -> None:
        row = self._row
        if row["status"] not in OPEN_STATUSES or row["due_at"] is None or not self._exception.is_business_day:
            return
        reached = (
            "breached" if row["due_at"] <= self._moment else "warned" if row["warn_at"] <= self._moment else "on_time"
        )
        if _SLA_ORDER.index(reached) > _SLA_ORDER.index(row["sla_status"] or "on_time"):
            row["sla_status"] = reached
            event = "sla_breached" if reached == "breached" else "sla_warned"
            self._change.history.append(entry(row, event, self._as_of, NIGHT, reason=f"due {row['due_date']}"))

    def _move(
        self, event: str, status: str, reason: str | None = None, changes: Mapping[str, Any] | None = None
    ) -> None:
        moved = entry(self._row, event, self._as_of, NIGHT, to_status=status, reason=reason, changes=changes)
        self._change.history.append(moved)
        self._row["status"] = status


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
