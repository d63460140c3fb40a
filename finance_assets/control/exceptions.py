"""What becomes of the work queue when a run has found its differences: pure transitions, no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

OPEN_STATUSES = ("open", "reopened")
# What an exception is at risk of changing from night to night; a change is worth a line of history.
_TRACKED = ("amount_transaction", "amount_at_risk_group", "severity", "owner", "entity_code")


@dataclass(frozen=True)
class FoundException:
    """A difference a run has found. Amounts in the transaction currency and, at risk, in the group's."""

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


@dataclass
class QueueChange:
    """Rows to insert and to update, and the history that says why."""

    opened: list[dict[str, Any]] = field(default_factory=list)
    updated: list[dict[str, Any]] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)


def reconcile_queue(
    known: Mapping[str, Mapping[str, Any]], found: Sequence[FoundException], as_of: date
) -> QueueChange:
    """Return what changes when `found` is everything that is wrong as of that day.

    What is new opens; what is found again is older by a day; what is no longer found clears itself; what was cleared
    and is found again reopens. An exception last seen, or cleared, after `as_of` is left alone: a run of an earlier
    day tells nothing about today's queue.
    """
    change = QueueChange()
    for exception in found:
        row = known.get(exception.exception_id)
        if row is None:
            _open(change, exception, as_of)
        elif _latest_news(row) <= as_of:
            _see_again(change, row, exception, as_of)
    found_ids = {exception.exception_id for exception in found}
    for exception_id, row in known.items():
        if exception_id not in found_ids and row["status"] in OPEN_STATUSES and _latest_news(row) <= as_of:
            change.updated.append({"exception_id": exception_id, "status": "cleared", "cleared_as_of": as_of})
            _remember(change, exception_id, "cleared", as_of, {})
    return change


def _open(change: QueueChange, exception: FoundException, as_of: date) -> None:
    seen = {"status": "open", "first_seen": as_of, "last_seen": as_of, "cleared_as_of": None}
    change.opened.append({**asdict(exception), **seen})
    _remember(change, exception.exception_id, "opened", as_of, {})


def _see_again(change: QueueChange, row: Mapping[str, Any], exception: FoundException, as_of: date) -> None:
    now = asdict(exception)
    is_relapse = row["status"] not in OPEN_STATUSES
    status = {"status": "reopened", "cleared_as_of": None} if is_relapse else {}
    update = {**now, **status, "last_seen": as_of}
    if any(row[name] != value for name, value in update.items()):
        change.updated.append(update)
    changes = {name: [_text(row[name]), _text(now[name])] for name in _TRACKED if row[name] != now[name]}
    if is_relapse:
        _remember(change, exception.exception_id, "reopened", as_of, changes)
    elif changes:
        _remember(change, exception.exception_id, "changed", as_of, changes)


def _remember(change: QueueChange, exception_id: str, event: str, as_of: date, changes: dict[str, Any]) -> None:
    change.history.append({"exception_id": exception_id, "event": event, "as_of": as_of, "changes": changes})


def _latest_news(row: Mapping[str, Any]) -> date:
    return max(row["last_seen"], row["cleared_as_of"] or row["last_seen"])


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
