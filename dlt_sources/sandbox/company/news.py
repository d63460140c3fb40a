"""What the company's systems tell at once, as CloudEvents: bookings, invoices, payments and plans, a file per day.

The events of a day are sent in the evening, in no order, and one of them again with the next ones. With the labelled
errors on, files broke off on their way, and some events say what the systems do not.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dlt_sources.sandbox.company import days
from dlt_sources.sandbox.company.columns import moments, money
from dlt_sources.sandbox.company.days import day
from dlt_sources.sandbox.company.group import BILLING, CRM, CURRENCIES, ENTITY_CODES, PLANNING
from dlt_sources.sandbox.company.subscriptions import stands
from dlt_sources.sandbox.company.text import stripe_ids
from dlt_sources.sandbox.company.vendors.invoicing import (
    billed_here,
    charge_created,
    invoice_finalised,
    invoice_numbers,
)
from dlt_sources.sandbox.company.vendors.salesforce import opportunity_ids

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

INBOX = "events_inbox"
# Since when the systems have sent events.
FIRST_DAY = day("2026-09-01")
# Files that broke off, and since when events are told wrong.
_BROKEN_DAYS = (day("2026-09-10"), day("2026-09-17"))
_WRONG_SINCE = day("2026-09-07")
_UNKNOWN_INVOICE = "in_1UnknownToBilling0001"
_MORNING, _EVENING = 8 * 3600, 17 * 3600
_BROKEN_LINE = '{"specversion":"1.0","id":"evt_cut_short","source":"billing_group","ty'


@dataclass(frozen=True)
class News:
    """One event. Amounts are in minor units, None for a refreshed plan; the true one is there where it is known."""

    kind: str
    instance: str
    record: str
    day: int
    second: int
    entity: int | None = None
    amount: int | None = None
    currency: int | None = None
    number: str | None = None
    true_amount: int | None = None

    @property
    def event(self) -> dict[str, object]:
        """The CloudEvent."""
        data: dict[str, object] = {"version": 1, "date": str(days.to_date(self.day))}
        if self.amount is not None:
            amount = money(np.array([self.amount]), np.array([self.currency]))[0].as_py()
            data |= {
                "amount": str(amount),
                "currency": CURRENCIES[self.currency],
                "entity": ENTITY_CODES[self.entity],
            }
        if self.number:
            data["number"] = self.number
        verb = "refreshed" if self.kind == "plan" else "changed"
        return {
            "specversion": "1.0",
            "id": f"evt_{self.kind}_{self.record}_{self.day}",
            "source": self.instance,
            "type": f"finance.{self.kind}.{verb}",
            "subject": self.record,
            "time": np.datetime_as_string(np.datetime64(self.second, "s"), timezone="UTC"),
            "datacontenttype": "application/json",
            "data": data,
        }


def files(snapshot: Snapshot) -> dict[str, tuple[bytes, int]]:
    """The files of every day with events, by name, with their day."""
    by_day = defaultdict(list)
    for news in told(snapshot):
        by_day[news.day].append(json.dumps(news.event, separators=(",", ":")))
    found, sent_before = {}, None
    for number in sorted(by_day):
        # By their hash: in no order that time would give.
        lines = sorted(by_day[number], key=lambda line: hashlib.sha256(line.encode()).digest())
        again = [sent_before] if sent_before else []
        found[_file_name(number)] = (("\n".join([*lines, *again]) + "\n").encode(), number)
        sent_before = lines[0]
    return {**found, **{name: (_BROKEN_LINE.encode(), number) for name, number in broken_files(snapshot)}}


def broken_files(snapshot: Snapshot) -> list[tuple[str, int]]:
    """The files that broke off on their way, by name, with their day."""
    if "event_broken_off" not in snapshot.switches:
        return []
    return [(f"again_{_file_name(number)}", number) for number in _BROKEN_DAYS if number <= snapshot.day]


def broken_key(name: str) -> tuple[str, ...]:
    """The natural key of the exception that a broken file is."""
    return (INBOX, "events", name, hashlib.sha256(_BROKEN_LINE.encode()).hexdigest()[:16], "1")


def told_wrong(snapshot: Snapshot) -> list[News]:
    """The events that say what the systems do not."""
    return [news for news in told(snapshot) if news.true_amount is not None and news.amount != news.true_amount]


def told(snapshot: Snapshot) -> Iterator[News]:
    """Everything that was told by the end of the day."""
    is_wrong = "event_contradicted" in snapshot.switches
    yield from _bookings(snapshot)
    yield from _invoices(snapshot)
    yield from _payments(snapshot, is_wrong)
    yield from _plans(snapshot)
    if is_wrong and snapshot.day >= _WRONG_SINCE:
        second = int(moments(np.array([_WRONG_SINCE]), _EVENING)[0])
        yield News("invoice", BILLING, _UNKNOWN_INVOICE, _WRONG_SINCE, second, 0, 123_450, 0, None, 0)


def _bookings(snapshot: Snapshot) -> Iterator[News]:
    sold = snapshot.world.pipeline.opportunities
    rows = _shown(snapshot, sold.closed, sold.is_won)
    at = moments(sold.closed[rows], _EVENING)
    for row, record, second in zip(rows, _texts(opportunity_ids(rows)), at, strict=True):
        yield News(
            "booking",
            CRM,
            record,
            int(sold.closed[row]),
            int(second),
            int(sold.entity[row]),
            int(sold.amount[row]),
            int(sold.currency[row]),
            f"OPP-{row + 1:06d}",
        )


def _invoices(snapshot: Snapshot) -> Iterator[News]:
    invoices = snapshot.world.subscriptions.invoices
    rows = _shown(snapshot, invoices.day, stands(invoices) & billed_here(snapshot, "stripe"))
    at, numbers = invoice_finalised(invoices)[rows], _texts(invoice_numbers(invoices, rows))
    for row, record, second, number in zip(rows, _texts(stripe_ids("in", rows)), at, numbers, strict=True):
        yield News(
            "invoice",
            BILLING,
            record,
            int(invoices.day[row]),
            int(second),
            int(invoices.entity[row]),
            int(invoices.total[row]),
            int(invoices.currency[row]),
            number,
        )


def _payments(snapshot: Snapshot, is_wrong: bool) -> Iterator[News]:
    sold = snapshot.world.subscriptions
    charges = sold.charges
    rows = _shown(snapshot, charges.day, charges.succeeded & billed_here(snapshot, "stripe")[charges.invoice])
    at = charge_created(charges)[rows]
    # One that is refunded later changes its record in billing.
    may_be_wrong = (charges.day[rows] >= _WRONG_SINCE) & ~np.isin(rows, sold.credit_notes.charge)
    wrong = int(np.flatnonzero(may_be_wrong)[0]) if is_wrong and may_be_wrong.any() else None
    for place, (row, record, second) in enumerate(zip(rows, _texts(stripe_ids("ch", rows)), at, strict=True)):
        amount, invoice = int(charges.amount[row]), charges.invoice[row]
        yield News(
            "payment",
            BILLING,
            record,
            int(charges.day[row]),
            int(second),
            int(sold.invoices.entity[invoice]),
            2 * amount if place == wrong else amount,
            int(sold.invoices.currency[invoice]),
            None,
            amount,
        )


def _plans(snapshot: Snapshot) -> Iterator[News]:
    """The planners refresh the forecast on Monday mornings."""
    told_on = np.arange(FIRST_DAY, snapshot.day + 1)
    mondays = told_on[days.weekday_of(told_on) == 0]
    for number, second in zip(mondays, moments(mondays, _MORNING), strict=True):
        yield News("plan", PLANNING, "forecast", int(number), int(second))


def _shown(snapshot: Snapshot, on: np.ndarray, which: np.ndarray) -> np.ndarray:
    return np.flatnonzero(which & (on >= FIRST_DAY) & (on <= snapshot.day))


def _texts(ids: pa.Array) -> list[str]:
    return ids.to_pylist()


def _file_name(number: int) -> str:
    return f"events_{days.to_date(number)}.jsonl"
