"""Tells the owners what a night means for them: one alert per incident, in the log, in a file and, if set, a webhook.

An incident is what happened to the exceptions of one type and owner: they are told once, with the money of all of them.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

import requests

from finance_assets.control.exceptions import SEVERITIES, QueueChange
from finance_assets.lib.night import Night

log = logging.getLogger(__name__)

WEBHOOK_VARIABLE = "FINANCE_ALERT_WEBHOOK"
# A night does not wait long for a chat that is down.
WEBHOOK_SECONDS = 10
# What may have happened, the most urgent first: an exception is told of once a night, for the first that fits.
OVERDUE, ESCALATED, REOPENED, NEW, DUE_SOON = "overdue", "escalated", "reopened", "new", "due_soon"
_URGENCY = (OVERDUE, ESCALATED, REOPENED, NEW, DUE_SOON)
_EVENTS = {"sla_breached": OVERDUE, "reopened": REOPENED, "opened": NEW, "sla_warned": DUE_SOON}
_WORDS = {OVERDUE: "overdue", ESCALATED: "more severe", REOPENED: "back again", NEW: "new", DUE_SOON: "due soon"}


@dataclass(frozen=True)
class Alert:
    """One incident. The amount at risk, in group currency, is of the exceptions that have one; None when none has."""

    run_id: str
    as_of: str
    kind: str
    type: str
    owner: str | None
    severity: str | None
    exceptions: int
    amount_at_risk_group: Decimal | None
    group_currency: str | None
    due_date: str | None
    next_step: str | None
    exception_ids: tuple[str, ...]

    def line(self) -> str:
        """Return the alert as one line for a person."""
        amount = self.amount_at_risk_group
        money = "not valued" if amount is None else f"{amount:,.2f} {self.group_currency} at risk"
        due = f", due {self.due_date}" if self.due_date else ""
        first = self.exception_ids[0][:8]
        return (
            f"{_WORDS[self.kind]}: {self.exceptions} × {self.type} ({self.severity}), {money}, "
            f"owner {self.owner or 'nobody'}{due}. {self.next_step or ''} (finance exceptions show {first})"
        )


def raise_alerts(night: Night, change: QueueChange) -> list[Alert]:
    """Log, file and send what the change of the queue means for its owners. Nothing here fails the night."""
    alerts = incidents(night.run_id, night.as_of.isoformat(), change)
    if not alerts:
        return []
    for alert in alerts:
        log.warning(alert.line())
    _append(night, alerts)
    _send(night, alerts)
    return alerts


def incidents(run_id: str, as_of: str, change: QueueChange) -> list[Alert]:
    """Return one alert per kind, type and owner, the most urgent and the largest amount first."""
    rows = {row["exception_id"]: row for row in (*change.updated, *change.opened)}
    kinds: dict[str, str] = {}
    for line in change.history:
        kind = _kind_of(line)
        # What is waived stays quiet.
        if kind and rows[line["exception_id"]]["status"] != "waived":
            told = kinds.get(line["exception_id"], kind)
            kinds[line["exception_id"]] = min(told, kind, key=_URGENCY.index)
    groups: dict[tuple[str, str, str | None], list[Mapping[str, Any]]] = {}
    for exception_id, kind in kinds.items():
        row = rows[exception_id]
        groups.setdefault((kind, row["type"], row["owner"]), []).append(row)
    alerts = [_alert(run_id, as_of, kind, members) for (kind, _, _), members in groups.items()]
    return sorted(alerts, key=_most_urgent_first)


def _most_urgent_first(alert: Alert) -> tuple[int, Decimal, str, str]:
    return _URGENCY.index(alert.kind), -(alert.amount_at_risk_group or Decimal(0)), alert.type, alert.owner or ""


def _kind_of(line: Mapping[str, Any]) -> str | None:
    before, after = line["changes"].get("severity", (None, None))
    if line["event"] == "changed" and _rank(after) > _rank(before):
        return ESCALATED
    return _EVENTS.get(line["event"])


def _rank(severity: str | None) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else -1


def _alert(run_id: str, as_of: str, kind: str, rows: Sequence[Mapping[str, Any]]) -> Alert:
    largest_first = sorted(rows, key=lambda row: (-(row["amount_at_risk_group"] or 0), row["exception_id"]))
    amounts = [row["amount_at_risk_group"] for row in rows if row["amount_at_risk_group"] is not None]
    due = [row["due_date"] for row in rows if row["due_date"]]
    return Alert(
        run_id=run_id,
        as_of=as_of,
        kind=kind,
        type=rows[0]["type"],
        owner=rows[0]["owner"],
        severity=max((row["severity"] for row in rows), key=_rank),
        exceptions=len(rows),
        amount_at_risk_group=sum(amounts, Decimal(0)) if amounts else None,
        group_currency=largest_first[0]["group_currency"],
        due_date=min(due).isoformat() if due else None,
        next_step=rows[0]["next_step"],
        exception_ids=tuple(row["exception_id"] for row in largest_first),
    )


def _append(night: Night, alerts: Iterable[Alert]) -> None:
    path = night.data_dir.alerts_file
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(alert), default=str) + "\n" for alert in alerts)
    except OSError as error:
        log.error("alerts could not be written to %s (%s); they are in the log above", path, error)


def _send(night: Night, alerts: Sequence[Alert]) -> None:
    """One message a night. The address may hold a token, so it is in no log."""
    address = os.environ.get(WEBHOOK_VARIABLE)
    if not address:
        return
    company = night.company.name
    text = "\n".join([f"{company}, as of {night.as_of}:", *(alert.line() for alert in alerts)])
    body = {"text": text, "alerts": [asdict(alert) for alert in alerts]}
    try:
        answer = requests.post(
            address,
            data=json.dumps(body, default=str),
            headers={"Content-Type": "application/json"},
            timeout=WEBHOOK_SECONDS,
        )
        problem = None if answer.ok else f"it answered {answer.status_code}"
    except (requests.RequestException, ValueError) as error:
        problem = type(error).__name__
    if problem:
        log.error(
            "the webhook of %s did not take the alerts (%s); they are in %s",
            WEBHOOK_VARIABLE,
            problem,
            night.data_dir.alerts_file,
        )
