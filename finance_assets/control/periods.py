"""What a person may decide about a month of the books, and what becomes of it then: pure transitions, no database.

A period is the month of an entity and a module (GL, AR, AP, billing). One person signs its figures (`soft_closed`),
another one approves (`closed`). What was signed is kept figure by figure; a night that finds another figure takes the
signature away (`reopened`).
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from finance_assets.control.decisions import DecisionRefused, is_same_person
from finance_assets.control.exceptions import NIGHT

MODULES = ("GL", "AR", "AP", "billing")
SIGNED_STATUSES = ("soft_closed", "closed")
# What a figure of a period is; the amounts are texts, so that no store makes floats of them.
FIGURE = ("figure_key", "currency_code", "amount_debit", "amount_credit", "amount_closing")

_ALLOWED_FROM = {"sign": ("open", "reopened"), "approve": ("soft_closed",), "reopen": SIGNED_STATUSES}
_STATUS_AFTER = {"signed": "soft_closed", "approved": "closed", "reopened": "reopened", "voided": "reopened"}


@dataclass(frozen=True)
class Period:
    """A month of an entity and a module."""

    entity_code: str
    module: str
    month: date

    def __str__(self) -> str:
        return f"{self.module} of {self.entity_code} for {self.month:%Y-%m}"


@dataclass(frozen=True)
class PeriodState:
    """Where a period stands. `as_of` is the night its last decision was taken on; none while nobody decided."""

    period: Period
    status: str = "open"
    signed_by: str | None = None
    approved_by: str | None = None
    as_of: date | None = None
    reason: str | None = None
    # What was signed last, unless a person has reopened the period since.
    figures: Sequence[Mapping[str, str]] = field(default=())


def typed(period: Period, decision: str) -> str:
    """Return the command that takes the decision on the period."""
    module = "" if period.module == "GL" else f" --module {period.module}"
    reason = ' --reason "…"' if decision == "reopen" else ""
    return f"finance close {decision} {shlex.quote(period.entity_code)} {period.month:%Y-%m}{module}{reason}"


def state_of(period: Period, decisions: Sequence[Mapping[str, Any]]) -> PeriodState:
    """Return where the period stands after these decisions, oldest first."""
    state = PeriodState(period)
    for decision in decisions:
        event, by = decision["event"], decision["decided_by"]
        state = PeriodState(
            period,
            _STATUS_AFTER[event],
            by if event == "signed" else state.signed_by if event == "approved" else None,
            by if event == "approved" else None,
            decision["as_of"],
            decision["reason"],
            decision["figures"] or () if event == "signed" else () if event == "reopened" else state.figures,
        )
    return state


def sign(
    state: PeriodState,
    by: str,
    as_of: date,
    reason: str | None,
    figures: Sequence[Mapping[str, str]],
    blocking: Sequence[str],
) -> dict[str, Any]:
    """Return the decision that signs these figures; refused while something blocks, or when there are none."""
    _require(state, "sign")
    _require_unblocked(state, "signed", blocking)
    if not figures:
        raise DecisionRefused(f"{state.period} has no figures in the published warehouse: there is nothing to sign")
    return {**_decision(state, "signed", by, as_of, reason), "figures": list(figures)}


def approve(state: PeriodState, by: str, as_of: date, reason: str | None, blocking: Sequence[str]) -> dict[str, Any]:
    """Return the decision that closes the period. Nobody approves what they signed."""
    _require(state, "approve")
    if is_same_person(by, state.signed_by or ""):
        raise DecisionRefused(
            f"{state.period}: {by} has signed it and cannot approve it; somebody else has to approve or reopen it"
        )
    _require_unblocked(state, "approved", blocking)
    return _decision(state, "approved", by, as_of, reason)


def reopen(state: PeriodState, by: str, as_of: date, reason: str) -> dict[str, Any]:
    """Return the decision that opens a signed or closed period again."""
    _require(state, "reopen")
    if not reason.strip():
        raise DecisionRefused("say why it is opened again: a reopening needs a reason")
    return _decision(state, "reopened", by, as_of, reason)


def void(state: PeriodState, as_of: date, changes: Sequence[Mapping[str, str]]) -> dict[str, Any] | None:
    """Return the decision of a night that found other figures than those signed; none if nothing is signed.

    A night of an earlier day tells nothing about a signature that was given later.
    """
    if not changes or state.status not in SIGNED_STATUSES or (state.as_of and as_of < state.as_of):
        return None
    reason = f"{len(changes)} signed figures have changed, first {changes[0]['figure_key']}"
    return {**_decision(state, "voided", NIGHT, as_of, reason), "changes": list(changes)}


def _decision(state: PeriodState, event: str, by: str, as_of: date, reason: str | None) -> dict[str, Any]:
    return {
        "entity_code": state.period.entity_code,
        "module": state.period.module,
        "period_month": state.period.month,
        "event": event,
        "from_status": state.status,
        "to_status": _STATUS_AFTER[event],
        "as_of": as_of,
        "decided_by": by,
        "reason": (reason or "").strip() or None,
        "figures": None,
        "changes": None,
    }


def _require(state: PeriodState, decision: str) -> None:
    if state.status in _ALLOWED_FROM[decision]:
        return
    allowed = [name for name, statuses in _ALLOWED_FROM.items() if state.status in statuses]
    commands = "".join(f"\n  {typed(state.period, name)}" for name in allowed)
    raise DecisionRefused(
        f"{state.period} is {state.status}: one cannot {decision} it; what is allowed now: "
        f"{', '.join(allowed)}{commands}"
    )


def _require_unblocked(state: PeriodState, done: str, blocking: Sequence[str]) -> None:
    if blocking:
        listed = "\n  ".join(blocking)
        raise DecisionRefused(
            f"{state.period} cannot be {done}; {len(blocking)} things stand in the way:\n  {listed}\n"
            "Settle them, or have a waiver approved (finance exceptions waive). What a control says of it changes with "
            "the next night."
        )
