"""Tells the owners what a night means for them: one alert per incident, in the log, in a file and, if set, a webhook.

An incident is what happened to the exceptions of one type and owner: they are told once, with the money of all of them.
So is a failure, of a source or of the night itself, however long it lasts: told when it is new, gets worse or ends.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import requests

from dlt_sources.registry import load_systems
from finance_assets.control.exceptions import OPEN_STATUSES, SEVERITIES, QueueChange
from finance_assets.control.incidents import ENDED, ESCALATED, NEW, Failure, reconcile_incidents

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from finance_assets.lib.night import Night
    from finance_assets.lib.settings import Settings

log = logging.getLogger(__name__)

WEBHOOK_VARIABLE = "FINANCE_ALERT_WEBHOOK"
# A night does not wait long for a chat that is down.
WEBHOOK_SECONDS = 10
# What may have happened, the most urgent first: an exception is told of once a night, for the first that fits.
OVERDUE, REOPENED, DUE_SOON = "overdue", "reopened", "due_soon"
_URGENCY = (OVERDUE, ESCALATED, REOPENED, NEW, DUE_SOON)
_EVENTS = {"sla_breached": OVERDUE, "reopened": REOPENED, "opened": NEW, "sla_warned": DUE_SOON}
_WORDS = {
    OVERDUE: "overdue",
    ESCALATED: "more severe",
    REOPENED: "back again",
    NEW: "new",
    DUE_SOON: "due soon",
    ENDED: "ended",
}
# Who answers for what is ours: the transformation and the target.
PLATFORM_OWNER = "Finance Integration"
# The exception of a source that is older than agreed. While its load fails, the failure tells of both.
SOURCE_TOO_OLD = "source_too_old"
# What the failure of a night itself is an incident of, and what a webhook that does not answer is.
NIGHT, WEBHOOK = "the night", "the webhook of alerts"
_PUBLISHED = ("healthy", "degraded")
_NEXT = " Next: "
_DEFAULT_NEXT = {
    "source": "finance status says what was found; the next load that is accepted ends it",
    "transform": "finance status says what was found; correct it, then run again",
    "target": "finance status says what was found; put it right, then run again",
}


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


@dataclass(frozen=True)
class FailureAlert:
    """One failure. The amount is what does not tie, in its currency; None when nobody can say what it costs."""

    run_id: str
    as_of: str
    kind: str
    failure_class: str
    subject: str
    owner: str
    severity: str
    reason: str
    amount: Decimal | None
    currency_code: str | None
    next_step: str
    first_seen: str
    exception_ids: tuple[str, ...]

    def line(self) -> str:
        """Return the alert as one line for a person."""
        money = "not valued" if self.amount is None else f"{self.amount:,.2f} {self.currency_code} does not tie"
        since = f", since {self.first_seen}" if self.kind != NEW else ""
        head = f"{_WORDS[self.kind]}: {self.failure_class} failure of {self.subject} ({self.severity}), {money}"
        if self.kind == ENDED:
            return f"{head}, owner {self.owner}{since}."
        shown = f" (finance exceptions show {self.exception_ids[0][:8]})" if self.exception_ids else ""
        return f"{head}, owner {self.owner}{since}. {self.reason}{_NEXT}{self.next_step}{shown}"


def raise_alerts(night: Night, change: QueueChange) -> list[Alert]:
    """Log, file and send what the change of the queue means for its owners. Nothing here fails the night."""
    alerts = incidents(night.run_id, night.as_of.isoformat(), change, _failed_loads(night))
    _tell(night, alerts)
    return alerts


def tell_of_failures(night: Night) -> list[FailureAlert]:
    """Bring the incidents up to what has failed in the run, now that it has ended, and tell what is new about them."""
    loads, run = night.store.loads_of_run(night.run_id), night.store.run(night.run_id)
    too_old = {
        row["source_instance"]: row
        for row in night.store.exceptions()
        if row["type"] == SOURCE_TOO_OLD and row["status"] in OPEN_STATUSES
    }
    failed, known = _failed_loads(night), night.store.open_incidents()
    failures = [_failure_of_source(load, too_old.get(name)) for name, load in failed.items()]
    if run["outcome"] in ("failed", "closed"):
        lasts = any(row["subject"] == NIGHT and row["first_seen"] < night.as_of for row in known)
        failures.append(_failure_of_night(night, run, lasts))

    def has_ended(incident: Mapping[str, Any]) -> bool:
        if incident["subject"] == NIGHT:
            return run["outcome"] in _PUBLISHED
        return incident["subject"] in loads and loads[incident["subject"]]["status"] == "accepted"

    concerned = reconcile_incidents(known, failures, has_ended, night.run_id, night.as_of)
    night.store.save_incidents([row for _, row in concerned])
    alerts = [_failure_alert(night, kind, row, too_old.get(row["subject"])) for kind, row in concerned if kind]
    _tell(night, alerts)
    return alerts


def _failed_loads(night: Night) -> dict[str, Mapping[str, Any]]:
    """The loads of the run that are not visible, by instance; one that failed on our side has failed the night."""
    return {
        name: load
        for name, load in night.store.loads_of_run(night.run_id).items()
        if load["status"] == "rejected" or (load["status"] == "failed" and load["failure_class"] == "source")
    }


def _failure_of_source(load: Mapping[str, Any], too_old: Mapping[str, Any] | None) -> Failure:
    """A source that could not be loaded: as severe as that its data are too old for somebody, if they are."""
    failure_class = load["failure_class"]
    reason, next_step = _reason_and_next(load["reason"], failure_class)
    owner = load_systems()[load["system"]].owner if failure_class == "source" else PLATFORM_OWNER
    severity = (too_old["severity"] if too_old else None) or "medium"
    said = f"{reason} {too_old['description']}." if too_old and too_old["description"] else reason
    return Failure(failure_class, load["instance"], owner, severity, said, next_step)


def _failure_of_night(night: Night, run: Mapping[str, Any], lasts: bool) -> Failure:
    """Readers keep the last publication: critical once they have done so for more than a night."""
    failure_class = run["failure_class"] or "target"
    reason, next_step = _reason_and_next(run["reason"] or "it failed", failure_class)
    broken = [row for row in night.store.checkpoints(night.run_id) if not row["is_passed"]]
    valued = next((row for row in broken if row["amount_in"] is not None), None)
    return Failure(
        failure_class,
        NIGHT,
        PLATFORM_OWNER,
        "critical" if lasts else "high",
        reason,
        next_step,
        abs(valued["amount_out"] - valued["amount_in"]) if valued else None,
        valued["currency_code"] if valued else None,
    )


def _reason_and_next(text: str, failure_class: str) -> tuple[str, str]:
    """What an error says happened, and what it says is to be done next."""
    reason, _, next_step = text.partition(_NEXT)
    return reason, next_step.rstrip(".") or _DEFAULT_NEXT[failure_class]


def _failure_alert(night: Night, kind: str, row: Mapping[str, Any], too_old: Mapping[str, Any] | None) -> FailureAlert:
    names = ("failure_class", "subject", "owner", "severity", "reason", "amount", "currency_code", "next_step")
    return FailureAlert(
        run_id=night.run_id,
        as_of=night.as_of.isoformat(),
        kind=kind,
        first_seen=row["first_seen"].isoformat(),
        exception_ids=(too_old["exception_id"],) if too_old else (),
        **{name: row[name] for name in names},
    )


def tell_of_lost_store(settings: Settings, run_id: str, as_of: date | None, reason: str) -> None:
    """Tell that the control store cannot be reached: the one failure that cannot be kept there."""
    alert = FailureAlert(
        run_id=run_id,
        as_of=as_of.isoformat() if as_of else "",
        kind=NEW,
        failure_class="target",
        subject="the control store",
        owner=PLATFORM_OWNER,
        severity="critical",
        reason=reason,
        amount=None,
        currency_code=None,
        next_step="bring the database back, or correct its address, then run again",
        first_seen=as_of.isoformat() if as_of else "",
        exception_ids=(),
    )
    log.warning(alert.line())
    _append(settings.data_dir.alerts_file, [alert])
    _send(settings.company.name, as_of, settings.data_dir.alerts_file, [alert])


def _tell(night: Night, alerts: Sequence[Alert | FailureAlert]) -> None:
    if not alerts:
        return
    for alert in alerts:
        log.warning(alert.line())
    _append(night.data_dir.alerts_file, alerts)
    if os.environ.get(WEBHOOK_VARIABLE):
        _remember_webhook(night, _send(night.company.name, night.as_of, night.data_dir.alerts_file, alerts))


def incidents(run_id: str, as_of: str, change: QueueChange, failed_instances: Collection[str] = ()) -> list[Alert]:
    """Return one alert per kind, type and owner, the most urgent and the largest amount first.

    That the data of a failed instance are now too old is told with its failure.
    """
    rows = {row["exception_id"]: row for row in (*change.updated, *change.opened)}
    kinds: dict[str, str] = {}
    for line in change.history:
        kind = _kind_of(line)
        row = rows[line["exception_id"]]
        is_told_elsewhere = row["type"] == SOURCE_TOO_OLD and row["source_instance"] in failed_instances
        # What is waived stays quiet.
        if kind and row["status"] != "waived" and not (is_told_elsewhere and kind in (NEW, REOPENED)):
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


def _append(path: Path, alerts: Iterable[Alert | FailureAlert]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(alert), default=str) + "\n" for alert in alerts)
    except OSError as error:
        log.error("alerts could not be written to %s (%s); they are in the log above", path, error)


def _send(company: str, as_of: date | None, file: Path, alerts: Sequence[Alert | FailureAlert]) -> str | None:
    """One message for all; return why the webhook did not take it. Its address may hold a token: no log has it."""
    address = os.environ.get(WEBHOOK_VARIABLE)
    if not address:
        return None
    text = "\n".join([f"{company}, as of {as_of}:", *(alert.line() for alert in alerts)])
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
        log.error("the webhook of %s did not take the alerts (%s); they are in %s", WEBHOOK_VARIABLE, problem, file)
    return problem


def _remember_webhook(night: Night, problem: str | None) -> None:
    """A chat that does not take an alert is an incident of the control store: there is no use in telling it."""
    known = [row for row in night.store.open_incidents() if row["subject"] == WEBHOOK]
    failure = Failure(
        "target",
        WEBHOOK,
        PLATFORM_OWNER,
        "low",
        f"it did not take the alerts: {problem}.",
        f"check the address in {WEBHOOK_VARIABLE}; what it missed is in {night.data_dir.alerts_file}",
    )
    concerned = reconcile_incidents(known, [failure] if problem else [], lambda _: True, night.run_id, night.as_of)
    night.store.save_incidents([row for _, row in concerned])
