"""What every billing vendor shows of the subscription business: who is billed where, numbers, moments and items."""

from __future__ import annotations

from datetime import datetime, time
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dlt_sources.sandbox.company import catalogue, days, parties, pipeline, text
from dlt_sources.sandbox.company.columns import moments
from dlt_sources.sandbox.company.days import NEVER, day
from dlt_sources.sandbox.company.draws import scattered
from dlt_sources.sandbox.company.errors import CODE
from dlt_sources.sandbox.company.frame import Frame, sum_by
from dlt_sources.sandbox.company.group import CURRENCIES, ENTITY_CODES
from dlt_sources.sandbox.company.rates import scaled
from dlt_sources.sandbox.company.subscriptions import UNCOLLECTIBLE, Subscriptions, minute_price

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

_HOUR = 3600


@cache
def _midnights(zone_name: str) -> tuple[int, np.ndarray]:
    """The first day of the table, and the seconds since 1970 of midnight in the zone on each day from it on."""
    first, last = day("2015-01-01"), day("2031-01-01")
    zone = ZoneInfo(zone_name)
    starts = [datetime.combine(days.to_date(number), time(), zone).timestamp() for number in range(first, last)]
    return first, np.array(starts, dtype=np.int64)


def midnight(zone_name: str, on: np.ndarray) -> np.ndarray:
    """When days begin in a time zone, in seconds since 1970; days beyond all calendars are far away."""
    first, starts = _midnights(zone_name)
    on = np.asarray(on)
    far = int(moments(np.array([NEVER]), 0)[0])
    return np.where(on < first + len(starts), starts[np.clip(on - first, 0, len(starts) - 1)], far)


def json_object(**members: pa.Array | str) -> pa.Array:
    """A JSON object per row; values are JSON already, a plain string is the same in every row."""
    parts: list[pa.Array | str] = []
    for position, (name, value) in enumerate(members.items()):
        parts += [f'{"," if position else "{"}"{name}":', value]
    return text.joined(*parts, "}")


def quoted(values: pa.Array) -> pa.Array:
    """Plain text (without quotes or backslashes) as JSON strings, null as null."""
    return text.joined('"', values, '"').fill_null("null")


def or_null(known: np.ndarray, numbers: np.ndarray) -> pa.Array:
    """Numbers as JSON, null where not known."""
    return text.where(known, text.plain(np.where(known, numbers, 0)), "null")


def invoice_numbers(invoices: Frame, rows: np.ndarray) -> pa.Array:
    """Invoice numbers count up per entity: 1010-00001234."""
    return text.joined(text.chosen(ENTITY_CODES, invoices.entity[rows]), "-", text.padded(invoices.number[rows], 8))


def credit_note_numbers(sold: Subscriptions, rows: np.ndarray) -> pa.Array:
    """A credit note is numbered after its invoice."""
    return text.joined(invoice_numbers(sold.invoices, sold.credit_notes.invoice[rows]), "-CN-01")


def invoice_created(invoices: Frame) -> np.ndarray:
    """When each invoice was made as a draft, in seconds since 1970."""
    return moments(invoices.created, 6 * _HOUR + scattered(np.arange(len(invoices)), 71) % _HOUR)


def invoice_finalised(invoices: Frame) -> np.ndarray:
    """When each draft became an invoice: an hour after it was made, or in the morning after somebody looked at it."""
    at_once = invoice_created(invoices) + _HOUR
    return np.where(invoices.day == invoices.created, at_once, moments(invoices.day, 8 * _HOUR))


def is_not_applied(snapshot: Snapshot) -> np.ndarray:
    """Per invoice, whether its payment was applied to nothing."""
    error = snapshot.world.subscriptions.invoices.error
    return (error == CODE["payment_not_applied"]) & snapshot.switches.are_on(error)


def invoice_paid(snapshot: Snapshot) -> np.ndarray:
    """When each invoice was paid: with the charge that succeeded; far away for one that never is."""
    sold = snapshot.world.subscriptions
    paid = moments(np.full(len(sold.invoices), NEVER), 0)
    applied = np.flatnonzero(sold.charges.succeeded & ~is_not_applied(snapshot)[sold.charges.invoice])
    paid[sold.charges.invoice[applied]] = charge_created(sold.charges)[applied] + 2
    return paid


def end_of(day: int) -> int:
    """The last second of a day: a table of a day shows everything as it was then."""
    return int(moments(np.array([day + 1]), 0)[0]) - 1


def latest_change(*whens: np.ndarray, at: int) -> np.ndarray:
    """The last of several moments that lies within a day, in seconds since 1970."""
    return np.max([np.where(when <= at, when, 0) for when in whens], axis=0)


def written_off_here(snapshot: Snapshot, system: str) -> np.ndarray:
    """Invoices of this vendor written off by the day."""
    made = snapshot.world.subscriptions.invoices
    lost = (made.fate == UNCOLLECTIBLE) & (made.settled <= snapshot.day)
    return np.flatnonzero(lost & billed_here(snapshot, system))


def noted_here(snapshot: Snapshot, system: str) -> np.ndarray:
    """Credit notes of this vendor made by the day."""
    notes = snapshot.world.subscriptions.credit_notes
    return np.flatnonzero((notes.day <= snapshot.day) & billed_here(snapshot, system)[notes.invoice])


def invoices_here(snapshot: Snapshot, system: str) -> np.ndarray:
    """Invoices of this vendor made by the day, those deleted as drafts included."""
    created = snapshot.world.subscriptions.invoices.created
    return np.flatnonzero((created <= snapshot.day) & billed_here(snapshot, system))


def collected_here(snapshot: Snapshot, system: str) -> np.ndarray:
    """Attempts to collect an invoice of this vendor made by the day."""
    charges = snapshot.world.subscriptions.charges
    return np.flatnonzero((charges.day <= snapshot.day) & billed_here(snapshot, system)[charges.invoice])


def charge_created(charges: Frame) -> np.ndarray:
    """When each charge was made."""
    return moments(charges.day, 9 * _HOUR + scattered(np.arange(len(charges)), 72) % (8 * _HOUR))


def billed_here(snapshot: Snapshot, system: str) -> np.ndarray:
    """Per invoice, whether this vendor made it."""
    return snapshot.billing.bills(system)[snapshot.world.subscriptions.invoices.entity]


def billed_customers(snapshot: Snapshot, system: str) -> tuple[np.ndarray, np.ndarray]:
    """Customers with a subscription at this vendor, and the day of their first."""
    subscriptions = snapshot.world.subscriptions.subscriptions
    first = np.full(len(snapshot.world.customers), NEVER)
    np.minimum.at(first, subscriptions.customer, subscriptions.start)
    rows = np.flatnonzero((first <= snapshot.day) & snapshot.billing.bills(system)[snapshot.world.customers.entity])
    return rows, first[rows]


def customer_records(snapshot: Snapshot, system: str) -> Frame:
    """Customers made by the day: those with a subscription, and the ones somebody made twice."""
    rows, since = billed_customers(snapshot, system)
    twice = snapshot.world.duplicates
    is_here = snapshot.billing.bills(system)[snapshot.world.customers.entity[twice.customer]]
    twice = twice.take((twice.made <= snapshot.day) & is_here)
    return Frame(
        customer=np.concatenate([rows, twice.customer]),
        is_duplicate=np.repeat([False, True], [len(rows), len(twice)]),
        made=np.concatenate([since, twice.made]),
        gone=np.concatenate([np.full(len(rows), NEVER), twice.gone]),
    )


def names_and_tax_ids(snapshot: Snapshot, records: Frame) -> tuple[pa.Array, pa.Array]:
    """What customers are called in billing; with `customer_name_variant` some have another name and no tax id."""
    frame, rows = snapshot.world.customers, records.customer
    is_variant = np.isin(rows, snapshot.name_variants(system=1)) & ~records.is_duplicate
    name = text.where(is_variant, variant_names(frame, rows), parties.customer_names(frame, rows))
    return name, text.where(is_variant, None, parties.customer_tax_ids(frame, rows))


def mail_addresses(snapshot: Snapshot, records: Frame) -> pa.Array:
    """Where invoices go; with `customer_name_variant` to an address that anybody can have, which tells no company."""
    frame, rows = snapshot.world.customers, records.customer
    is_variant = np.isin(rows, snapshot.name_variants(system=1)) & ~records.is_duplicate
    house = text.joined("accounts@", domains(parties.customer_names(frame, rows)))
    return text.where(is_variant, text.joined("accounts.", text.plain(rows), "@gmail.com"), house)


def billing_currency(snapshot: Snapshot, rows: np.ndarray) -> np.ndarray:
    """The currency each customer is billed in."""
    subscriptions = snapshot.world.subscriptions.subscriptions
    currency = snapshot.world.customers.currency.copy()
    currency[subscriptions.customer] = subscriptions.currency
    return currency[rows]


def domains(names: pa.Array) -> pa.Array:
    """A mail domain from a name: its first two words, lower case."""
    words = pc.replace_substring_regex(pc.utf8_lower(names), r"[^a-z0-9 ]", "")
    return text.joined(pc.replace_substring_regex(words, r"^(\S+) (\S+).*$", r"\1-\2"), ".example")


def variant_names(frame: Frame, rows: np.ndarray) -> pa.Array:
    """What somebody typed instead of the official name: upper case, without the legal form, with a place."""
    official = pc.utf8_upper(parties.customer_names(frame, rows))
    return text.joined(pc.replace_substring_regex(official, r"^(\S+) (\S+).*$", r"\2 \1"), " INTERNATIONAL")


def all_prices() -> Frame:
    """All prices: plans per interval, onboarding once, minutes by meter, each in every currency."""
    plans = np.concatenate([catalogue.SERVICE_PLANS, catalogue.CLOUD_PLANS])
    intervals, count = catalogue.INTERVALS, len(CURRENCIES)
    plan = np.repeat(plans, len(intervals) * count)
    interval = np.tile(np.repeat(intervals, count), len(plans))
    currency = np.tile(np.arange(count), len(plans) * len(intervals))
    everyone = np.arange(count)
    return Frame(
        product=np.concatenate([plan, np.full(count, catalogue.ONBOARDING), np.full(count, catalogue.MINUTES)]),
        currency=np.concatenate([currency, everyone, everyone]),
        interval=np.concatenate([interval, np.zeros(count, dtype=np.int64), np.ones(count, dtype=np.int64)]),
        # In hundredths of a minor unit.
        price=np.concatenate(
            [
                100 * pipeline.interval_price(plan, interval, currency),
                100 * pipeline.list_price(np.full(count, catalogue.ONBOARDING), everyone),
                minute_price(everyone),
            ]
        ),
    )


def hundredths_text(numbers: np.ndarray) -> pa.Array:
    """Hundredths as a decimal number without trailing zeros: 125 → 1.25, 100 → 1."""
    number = text.joined(text.plain(numbers // 100), ".", text.padded(numbers % 100, 2))
    return pc.replace_substring_regex(number, r"\.?0+$", "") if len(numbers) else number


def contract_numbers(rows: np.ndarray) -> pa.Array:
    """The CRM's contract numbers, one per subscription: CN-000123."""
    return text.joined("CN-", text.padded(np.asarray(rows) + 1, 6))


def begun(snapshot: Snapshot, system: str) -> np.ndarray:
    """Subscriptions at this vendor that exist on the day."""
    subscriptions = snapshot.world.subscriptions.subscriptions
    return np.flatnonzero((subscriptions.start <= snapshot.day) & snapshot.billing.bills(system)[subscriptions.entity])


def latest_period(sold: Subscriptions, rows: np.ndarray, at: np.ndarray | int) -> np.ndarray:
    """The position of the latest period that each subscription had begun at a moment."""
    # Periods stand in the order of subscription and number.
    far = 10**11
    begins = sold.periods.subscription * far + moments(sold.periods.start, 0)
    return np.searchsorted(begins, rows * far + at, side="right") - 1


def items_of(sold: Subscriptions, rows: np.ndarray, at: np.ndarray | int) -> Frame:
    """Items of subscriptions at a moment: the plan, and the meter where there is one; `holder` is the place in rows."""
    of = sold.subscriptions.take(rows)
    period = sold.periods.take(latest_period(sold, rows, at))
    licence = Frame(
        holder=np.arange(len(rows)),
        subscription=rows,
        place=np.zeros(len(rows), dtype=np.int64),
        product=period.plan,
        currency=of.currency,
        interval=of.interval,
        quantity=period.quantity,
        start=of.start,
        period_start=period.start,
        period_end=period.end,
    )
    metered = licence.take(of.is_metered)
    count = len(metered)
    metered = metered.extended(
        place=np.ones(count, dtype=np.int64), product=np.full(count, catalogue.MINUTES), quantity=np.full(count, -1)
    )
    items = Frame.stacked([licence, metered])
    return items.take(np.lexsort((items.place, items.holder)))


def batches(invoices: Frame) -> pa.Array:
    """The summarised posting each invoice of a batch entity goes into."""
    # Imported here: the tables of the ERP name invoices, and invoices name the ERP's batches.
    from dlt_sources.sandbox.company.vendors.erp import posting_batches

    return posting_batches(np.where(invoices.day < NEVER, invoices.day, invoices.created))


def line_taxes(lines: Frame, invoices: Frame) -> np.ndarray:
    """Tax per line; what rounding leaves over stands on the first line of the invoice."""
    net = lines.amount - lines.discount
    tax = scaled(net, invoices.tax_per_mille[lines.invoice], 1000)
    first = np.r_[True, lines.invoice[1:] != lines.invoice[:-1]] if len(lines) else np.zeros(0, dtype=bool)
    tax[first] += (invoices.tax - sum_by(lines.invoice, tax, len(invoices)))[lines.invoice[first]]
    return tax
