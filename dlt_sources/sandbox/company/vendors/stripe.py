"""Stripe: subscriptions, invoices, charges, pay-outs and metered usage. Amounts are whole minor units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dlt_sources.sandbox.company import catalogue, parties, text
from dlt_sources.sandbox.company.columns import moments, truths, whole
from dlt_sources.sandbox.company.days import NEVER, day
from dlt_sources.sandbox.company.frame import Frame, sum_by
from dlt_sources.sandbox.company.group import CURRENCIES, ENTITY_CODES, SINGAPORE
from dlt_sources.sandbox.company.subscriptions import (
    BY_HAND,
    RECURRING,
    UNCOLLECTIBLE,
    USAGE,
    Subscriptions,
    minute_price,
)
from dlt_sources.sandbox.company.vendors.invoicing import (
    all_prices,
    batches,
    begun,
    billed_here,
    billing_currency,
    charge_created,
    contract_numbers,
    credit_note_numbers,
    customer_records,
    end_of,
    hundredths_text,
    invoice_created,
    invoice_finalised,
    invoice_numbers,
    invoice_paid,
    is_not_applied,
    items_of,
    json_object,
    latest_period,
    line_taxes,
    mail_addresses,
    names_and_tax_ids,
    or_null,
    quoted,
)

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

SYSTEM = "stripe"
API_VERSION = "2026-06-24.dahlia"
_LOWER = [code.lower() for code in CURRENCIES]
_SINCE = day("2024-06-03")
_HOUR, _DAY = 3600, 86_400
_EVENTS_KEPT_DAYS = 30
_METER_NUMBER = np.array([1])
_STRIPE_PRODUCTS = np.flatnonzero(catalogue.IS_SUBSCRIBED)


def _currency(positions: np.ndarray) -> pa.Array:
    return text.chosen(_LOWER, positions)


def _of(invoices: Frame, rows: np.ndarray) -> pa.Array:
    return text.stripe_ids("in", rows)


def _price_number(product: np.ndarray, currency: np.ndarray, interval: np.ndarray) -> np.ndarray:
    return (product * len(CURRENCIES) + currency) * 100 + interval


def price_ids(product: np.ndarray, currency: np.ndarray, interval: np.ndarray) -> pa.Array:
    """Ids of prices; interval 0 is a one-time price."""
    return text.stripe_ids("price", _price_number(product, currency, interval))


def stripe_product_ids(rows: np.ndarray) -> pa.Array:
    """Ids of products."""
    return text.stripe_ids("prod", rows)


def meter_id() -> str:
    """The one meter: machine minutes."""
    return text.stripe_ids("mtr", _METER_NUMBER)[0].as_py()


def own_payouts(snapshot: Snapshot) -> tuple[np.ndarray, np.ndarray]:
    """Which pay-outs hold money that Stripe collected, and how much of each; others collect elsewhere."""
    sold, here = snapshot.world.subscriptions, billed_here(snapshot, SYSTEM)
    charge = np.flatnonzero((sold.charges.payout >= 0) & here[sold.charges.invoice])
    note = np.flatnonzero((sold.credit_notes.payout >= 0) & here[sold.credit_notes.invoice])
    payout = np.concatenate([sold.charges.payout[charge], sold.credit_notes.payout[note]])
    moved = np.concatenate([(sold.charges.amount - sold.charges.fee)[charge], -sold.credit_notes.total[note]])
    is_own = np.zeros(len(sold.payouts), dtype=bool)
    is_own[payout] = True
    return is_own, sum_by(payout, moved, len(sold.payouts))


# Master data


def _customer_ids(records: Frame) -> pa.Array:
    return text.where(
        records.is_duplicate,
        parties.duplicate_stripe_ids(records.customer),
        parties.stripe_customer_ids(records.customer),
    )


def customers(snapshot: Snapshot) -> pa.Table:
    """Customers with their tax ids. With `customer_name_variant` some have another name and no tax id.

    Of a deleted customer nothing is left but its id and that it is deleted.
    """
    records = customer_records(snapshot, SYSTEM)
    whole_ones = _customers(snapshot, records)
    is_gone = pa.array(records.gone <= snapshot.day)
    left = {"id", "object"}
    columns = {
        name: column if name in left else pc.if_else(is_gone, pa.scalar(None, column.type), column)
        for name, column in zip(whole_ones.column_names, whole_ones.columns, strict=True)
    }
    return pa.table({**columns, "deleted": pc.if_else(is_gone, True, None)})


def _customers(snapshot: Snapshot, records: Frame) -> pa.Table:
    """The records as they are until they are deleted."""
    frame, rows = snapshot.world.customers, records.customer
    name, number = names_and_tax_ids(snapshot, records)
    country = frame.country[rows]
    # Only a customer with a tax id has an entry in the list.
    entry = json_object(
        id=quoted(text.stripe_ids("txi", rows + np.where(records.is_duplicate, 10**8, 0))),
        object='"tax_id"',
        type=quoted(text.chosen([land.stripe_tax_type for land in parties.COUNTRIES], country)),
        value=quoted(number),
    )
    entries = text.where(np.array(number.is_valid()), entry, "")
    identity = _customer_ids(records)
    url = text.joined('"/v1/customers/', identity, '/tax_ids"')
    cities = [city for land in parties.COUNTRIES for city in land.cities]
    return pa.table(
        {
            "id": identity,
            "object": text.repeated("customer", len(rows)),
            "name": name,
            "email": mail_addresses(snapshot, records),
            "currency": _currency(billing_currency(snapshot, rows)),
            "address": json_object(
                city=quoted(text.chosen(cities, country * 2 + rows % 2)),
                country=quoted(text.chosen([land.code for land in parties.COUNTRIES], country)),
                line1="null",
                line2="null",
                postal_code="null",
                state="null",
            ),
            "metadata": text.repeated("{}", len(rows)),
            "balance": whole(np.zeros(len(rows))),
            "created": whole(moments(records.made, 5 * _HOUR)),
            "livemode": truths(np.ones(len(rows))),
            "deleted": pa.nulls(len(rows), pa.bool_()),
            "tax_ids": json_object(object='"list"', data=text.joined("[", entries, "]"), has_more="false", url=url),
            "description": text.repeated(None, len(rows)),
        }
    )


def products(snapshot: Snapshot) -> pa.Table:
    """Service contracts and cloud plans."""
    rows = _STRIPE_PRODUCTS
    chosen = [catalogue.ALL_PRODUCTS[row] for row in rows]
    created = whole(moments(np.full(len(rows), _SINCE), 8 * _HOUR + rows))
    return pa.table(
        {
            "id": stripe_product_ids(rows),
            "name": [product.name for product in chosen],
            "active": truths(np.ones(len(rows))),
            "metadata": [f'{{"product_code":"{product.code}"}}' for product in chosen],
            "type": text.repeated("service", len(rows)),
            "unit_label": text.where(rows == catalogue.MINUTES, "minute", None),
            "created": created,
            "updated": created,
            "livemode": truths(np.ones(len(rows))),
        }
    )


def prices(snapshot: Snapshot) -> pa.Table:
    """Prices per product, currency and interval; minutes are metered."""
    frame = all_prices()
    count = len(frame)
    is_metered = frame.product == catalogue.MINUTES
    is_recurring = frame.interval > 0
    is_yearly = frame.interval % 12 == 0
    interval = text.where(is_yearly, '"year"', '"month"')
    interval_count = text.plain(np.where(is_yearly, np.maximum(frame.interval // 12, 1), frame.interval))
    recurring = json_object(
        interval=interval,
        interval_count=interval_count,
        meter=text.where(is_metered, f'"{meter_id()}"', "null"),
        trial_period_days="null",
        usage_type=text.where(is_metered, '"metered"', '"licensed"'),
    )
    number = _price_number(frame.product, frame.currency, frame.interval)
    return pa.table(
        {
            "id": text.stripe_ids("price", number),
            "product": stripe_product_ids(frame.product),
            "active": truths(np.ones(count)),
            "currency": _currency(frame.currency),
            "unit_amount": whole(frame.price // 100, frame.price % 100 == 0),
            "unit_amount_decimal": text.where(
                frame.price % 100 == 0, text.plain(frame.price // 100), hundredths_text(frame.price)
            ),
            "billing_scheme": text.repeated("per_unit", count),
            "recurring": text.where(is_recurring, recurring, None),
            "type": text.where(is_recurring, "recurring", "one_time"),
            "nickname": text.joined(
                text.chosen(catalogue.CODES, frame.product), " ", text.chosen(list(CURRENCIES), frame.currency)
            ),
            "metadata": text.repeated("{}", count),
            "created": whole(moments(np.full(count, _SINCE), 9 * _HOUR + np.arange(count))),
            "livemode": truths(np.ones(count)),
        }
    )


def meters(snapshot: Snapshot) -> pa.Table:
    """The meter of machine minutes."""
    return pa.table(
        {
            "id": [meter_id()],
            "display_name": ["Machine minutes analysed"],
            "event_name": ["machine_minutes"],
            "status": ["active"],
            "created": whole(moments(np.array([_SINCE]), 7 * _HOUR)),
            "customer_mapping": ['{"event_payload_key":"stripe_customer_id","type":"by_id"}'],
            "value_settings": ['{"event_payload_key":"value"}'],
        }
    )


# Subscriptions


def _item_ids(subscription: np.ndarray, place: np.ndarray) -> pa.Array:
    return text.stripe_ids("si", subscription * 2 + place)


def subscription_items(snapshot: Snapshot) -> pa.Table:
    """What each subscription is charged for as of the day."""
    items = items_of(snapshot.world.subscriptions, begun(snapshot, SYSTEM), end_of(snapshot.day))
    return pa.table(
        {
            "id": _item_ids(items.subscription, items.place),
            "subscription": text.stripe_ids("sub", items.subscription),
            "price": price_ids(items.product, items.currency, items.interval),
            "quantity": whole(items.quantity, items.quantity >= 0),
            "created": whole(moments(items.start, 6 * _HOUR)),
            "current_period_start": whole(moments(items.period_start, 0)),
            "current_period_end": whole(moments(items.period_end, 0)),
            "metadata": text.repeated("{}", len(items)),
        }
    )


def _price_objects() -> tuple[np.ndarray, pa.Array]:
    """Numbers and JSON objects of all prices."""
    frame = all_prices()
    table = prices(None)
    optional = text.joined(text.plain(frame.price // 100))
    price = json_object(
        id=quoted(table["id"].combine_chunks()),
        object='"price"',
        active="true",
        billing_scheme='"per_unit"',
        created=text.plain(np.array(table["created"])),
        currency=quoted(table["currency"].combine_chunks()),
        livemode="true",
        metadata="{}",
        nickname=quoted(table["nickname"].combine_chunks()),
        product=quoted(table["product"].combine_chunks()),
        recurring=table["recurring"].combine_chunks().fill_null("null"),
        type=quoted(table["type"].combine_chunks()),
        unit_amount=text.where(frame.price % 100 == 0, optional, "null"),
        unit_amount_decimal=quoted(table["unit_amount_decimal"].combine_chunks()),
    )
    return _price_number(frame.product, frame.currency, frame.interval), price


def _embedded_items(sold: Subscriptions, rows: np.ndarray, at: np.ndarray | int) -> pa.Array:
    """The list object of items inside each subscription at a moment."""
    items = items_of(sold, rows, at)
    numbers, objects = _price_objects()
    order = np.argsort(numbers)
    price = objects.take(
        pa.array(order[np.searchsorted(numbers[order], _price_number(items.product, items.currency, items.interval))])
    )
    item = json_object(
        id=quoted(_item_ids(items.subscription, items.place)),
        object='"subscription_item"',
        created=text.plain(moments(items.start, 6 * _HOUR)),
        current_period_end=text.plain(moments(items.period_end, 0)),
        current_period_start=text.plain(moments(items.period_start, 0)),
        metadata="{}",
        price=price,
        quantity=or_null(items.quantity >= 0, items.quantity),
        subscription=quoted(text.stripe_ids("sub", items.subscription)),
    )
    first = items.place == 0
    place = np.full(len(rows), -1)
    place[items.holder[~first]] = np.arange(int((~first).sum()))
    second = text.where(place >= 0, text.joined(",", _take(item.filter(pa.array(~first)), place)), "")
    data = text.joined("[", item.filter(pa.array(first)), second, "]")
    url = text.joined('"/v1/subscription_items?subscription=', text.stripe_ids("sub", rows), '"')
    return json_object(object='"list"', data=data, has_more="false", url=url)


def _take(values: pa.Array, positions: np.ndarray) -> pa.Array:
    """values at positions, anything where a position is negative; works on an empty array too."""
    if not len(values):
        return text.repeated("", len(positions))
    return values.take(pa.array(np.maximum(positions, 0)))


def _subscription_metadata(of: Frame, rows: np.ndarray) -> pa.Array:
    return json_object(
        company_code=quoted(text.chosen(ENTITY_CODES, of.entity)), contract_number=quoted(contract_numbers(rows))
    )


def subscriptions(snapshot: Snapshot) -> pa.Table:
    """All subscriptions, ended ones too."""
    return _subscriptions(snapshot, begun(snapshot, SYSTEM), end_of(snapshot.day))


def _subscriptions(snapshot: Snapshot, rows: np.ndarray, at: np.ndarray | int) -> pa.Table:
    """These subscriptions as they were at a moment each."""
    sold = snapshot.world.subscriptions
    of = sold.subscriptions.take(rows)
    is_ended = moments(of.ended, 0) <= at
    is_cancelled = moments(of.cancelled, 10 * _HOUR) <= at
    discount = text.joined('["', text.stripe_ids("di", rows), '"]')
    return pa.table(
        {
            "id": text.stripe_ids("sub", rows),
            "customer": parties.stripe_customer_ids(of.customer),
            "status": text.where(is_ended, "canceled", "active"),
            "currency": _currency(of.currency),
            "start_date": whole(moments(of.start, 0)),
            "created": whole(moments(of.start, 5 * _HOUR + 1800)),
            "canceled_at": whole(moments(of.cancelled % NEVER, 10 * _HOUR), is_cancelled),
            "cancel_at_period_end": truths(is_cancelled & ~is_ended),
            "ended_at": whole(moments(of.ended % NEVER, 0), is_ended),
            "items": _embedded_items(sold, rows, at),
            "metadata": _subscription_metadata(of, rows),
            "collection_method": text.where(of.sends_invoice, "send_invoice", "charge_automatically"),
            "latest_invoice": _latest_invoices(sold, rows, at),
            "livemode": truths(np.ones(len(rows))),
            "discounts": text.where(of.discount > 0, discount, "[]"),
        }
    )


def _latest_invoices(sold: Subscriptions, rows: np.ndarray, at: np.ndarray | int) -> pa.Array:
    """The invoice of the latest period that had one at the moment; null before the first."""
    period = sold.periods.number[latest_period(sold, rows, at)]
    # Invoices stand in another order than periods: look the latest one up by subscription and period.
    of_period = np.flatnonzero(sold.invoices.period != BY_HAND)
    key = sold.invoices.subscription[of_period] * 1_000 + sold.invoices.period[of_period]
    by_key = np.argsort(key)
    made = invoice_created(sold.invoices)

    def invoice_of(number: np.ndarray) -> np.ndarray:
        wanted = rows * 1_000 + np.maximum(number, 0)
        return of_period[by_key[np.searchsorted(key[by_key], wanted)]]

    is_made = made[invoice_of(period)] <= at
    number = np.where(is_made, period, period - 1)
    return text.where(number >= 0, _of(sold.invoices, invoice_of(number)), None)


# Invoices


def invoices(snapshot: Snapshot) -> pa.Table:
    """Invoices with what is paid of them as of the day; drafts too, but not those that were thrown away."""
    frame, today = snapshot.world.subscriptions.invoices, snapshot.day
    rows = np.flatnonzero((frame.created <= today) & (frame.removed > today) & billed_here(snapshot, SYSTEM))
    return _invoices(snapshot, rows, end_of(today))


def _invoices(snapshot: Snapshot, rows: np.ndarray, at: np.ndarray | int) -> pa.Table:
    """These invoices as they were at a moment each."""
    sold = snapshot.world.subscriptions
    chosen = sold.invoices.take(rows)
    created, finalised = invoice_created(sold.invoices)[rows], invoice_finalised(sold.invoices)[rows]
    paid_at, lost_at = invoice_paid(snapshot)[rows], moments(chosen.settled, 12 * _HOUR)
    voided_at = moments(chosen.voided, 15 * _HOUR)
    is_final, is_paid, is_void = finalised <= at, paid_at <= at, voided_at <= at
    is_lost = (chosen.fate == UNCOLLECTIBLE) & (lost_at <= at)
    # An invoice has one charge that succeeded, so it has one credit note at most.
    noted, credit = moments(np.full(len(sold.invoices), NEVER), 0), np.zeros(len(sold.invoices), dtype=np.int64)
    noted[sold.credit_notes.invoice] = moments(sold.credit_notes.day, 11 * _HOUR)
    credit[sold.credit_notes.invoice] = sold.credit_notes.total
    credited = np.where(noted[rows] <= at, credit[rows], 0)
    subtotal = sum_by(sold.lines.invoice, sold.lines.amount, len(sold.invoices))[rows]
    of = sold.subscriptions.take(chosen.subscription)
    entity = quoted(text.chosen(ENTITY_CODES, chosen.entity))
    batch = batches(chosen)
    tax = text.joined(
        "[",
        json_object(
            amount=text.plain(chosen.tax),
            tax_behavior='"exclusive"',
            tax_rate_details=json_object(tax_rate=quoted(text.stripe_ids("txr", chosen.entity))),
            taxability_reason='"standard_rated"',
            taxable_amount=text.plain(chosen.net),
            type='"tax_rate_details"',
        ),
        "]",
    )
    status = text.where(is_paid, "paid", text.where(is_lost, "uncollectible", "open"))
    status = text.where(is_void, "void", text.where(is_final, status, "draft"))
    reason = text.where(chosen.period == 0, "subscription_create", "subscription_cycle")
    return pa.table(
        {
            "id": _of(sold.invoices, rows),
            # A draft has no number yet.
            "number": text.where(is_final, invoice_numbers(sold.invoices, rows), None),
            "customer": parties.stripe_customer_ids(chosen.customer),
            "status": status,
            "currency": _currency(chosen.currency),
            "created": whole(created),
            "due_date": whole(moments(chosen.due % NEVER, 6 * _HOUR), chosen.sends_invoice & is_final),
            "subtotal": whole(subtotal),
            "total": whole(chosen.total),
            "amount_due": whole(chosen.total),
            "amount_paid": whole(np.where(is_paid, chosen.total, 0)),
            "amount_remaining": whole(np.where(is_paid | is_void, 0, chosen.total)),
            "total_taxes": text.where(chosen.tax != 0, tax, "[]"),
            "status_transitions": json_object(
                finalized_at=or_null(is_final, finalised),
                marked_uncollectible_at=or_null(is_lost, lost_at),
                paid_at=or_null(is_paid, paid_at),
                voided_at=or_null(is_void, voided_at),
            ),
            "billing_reason": text.where(chosen.period == BY_HAND, "manual", reason),
            "collection_method": text.where(chosen.sends_invoice, "send_invoice", "charge_automatically"),
            "metadata": text.where(
                chosen.entity == SINGAPORE,
                json_object(company_code=entity, posting_batch=quoted(batch)),
                json_object(company_code=entity),
            ),
            "parent": json_object(
                quote_details="null",
                subscription_details=json_object(
                    metadata=_subscription_metadata(of, chosen.subscription),
                    subscription=quoted(text.stripe_ids("sub", chosen.subscription)),
                ),
                type='"subscription_details"',
            ),
            "post_payment_credit_notes_amount": whole(credited),
            "pre_payment_credit_notes_amount": whole(np.zeros(len(rows))),
            "livemode": truths(np.ones(len(rows))),
            "deleted": pa.nulls(len(rows), pa.bool_()),
        }
    )


def invoice_lines(snapshot: Snapshot) -> pa.Table:
    """What each invoice charges for: periods ahead, onboarding, minutes of last month."""
    sold, today = snapshot.world.subscriptions, snapshot.day
    is_shown = (sold.invoices.created <= today) & (sold.invoices.removed > today) & billed_here(snapshot, SYSTEM)
    return _invoice_lines(snapshot, np.flatnonzero(is_shown[sold.lines.invoice]))


def _invoice_lines(snapshot: Snapshot, rows: np.ndarray) -> pa.Table:
    """These lines of invoices; they never change."""
    sold = snapshot.world.subscriptions
    line_tax = line_taxes(sold.lines, sold.invoices)[rows]
    lines = sold.lines.take(rows)
    invoice = sold.invoices.take(lines.invoice)
    of = sold.subscriptions.take(invoice.subscription)
    is_item = (lines.charge_type == RECURRING) | (lines.charge_type == USAGE)
    interval = np.where(lines.charge_type == RECURRING, of.interval, np.where(lines.charge_type == USAGE, 1, 0))
    unit_price = np.where(
        lines.charge_type == USAGE,
        minute_price(invoice.currency),
        100 * (lines.amount // np.maximum(lines.quantity, 1)),
    )
    item_id = _item_ids(invoice.subscription, (lines.charge_type == USAGE).astype(np.int64))
    subscription = quoted(text.stripe_ids("sub", invoice.subscription))
    item_parent = json_object(
        invoice_item_details="null",
        subscription_item_details=json_object(
            invoice_item="null", proration="false", subscription=subscription, subscription_item=quoted(item_id)
        ),
        type='"subscription_item_details"',
    )
    one_off_parent = json_object(
        invoice_item_details=json_object(
            invoice_item=quoted(text.stripe_ids("ii", rows)), proration="false", subscription=subscription
        ),
        subscription_item_details="null",
        type='"invoice_item_details"',
    )
    discount = text.joined(
        "[",
        json_object(amount=text.plain(lines.discount), discount=quoted(text.stripe_ids("di", invoice.subscription))),
        "]",
    )
    tax = text.joined(
        "[",
        json_object(
            amount=text.plain(line_tax),
            tax_behavior='"exclusive"',
            taxability_reason='"standard_rated"',
            taxable_amount=text.plain(lines.amount - lines.discount),
            type='"tax_rate_details"',
        ),
        "]",
    )
    return pa.table(
        {
            "id": text.stripe_ids("il", rows),
            "invoice": _of(sold.invoices, lines.invoice),
            "amount": whole(lines.amount),
            "currency": _currency(invoice.currency),
            "description": text.joined(
                text.plain(lines.quantity), " × ", text.chosen([p.name for p in catalogue.ALL_PRODUCTS], lines.product)
            ),
            "quantity": whole(lines.quantity),
            "period": json_object(end=text.plain(moments(lines.end, 0)), start=text.plain(moments(lines.start, 0))),
            "pricing": json_object(
                price_details=json_object(
                    price=quoted(price_ids(lines.product, invoice.currency, interval)),
                    product=quoted(stripe_product_ids(lines.product)),
                ),
                type='"price_details"',
                unit_amount_decimal=quoted(_unit_amounts(unit_price)),
            ),
            "parent": text.where(is_item, item_parent, one_off_parent),
            "discount_amounts": text.where(lines.discount > 0, discount, "[]"),
            "taxes": text.where(line_tax != 0, tax, "[]"),
            "metadata": text.repeated("{}", len(rows)),
        }
    )


def _unit_amounts(hundredths: np.ndarray) -> pa.Array:
    return text.where(hundredths % 100 == 0, text.plain(hundredths // 100), hundredths_text(hundredths))


def credit_notes(snapshot: Snapshot) -> pa.Table:
    """Credit notes, each for a paid invoice."""
    return _credit_notes(snapshot, _noted(snapshot))


def _noted(snapshot: Snapshot) -> np.ndarray:
    """Credit notes made by the day."""
    notes = snapshot.world.subscriptions.credit_notes
    return np.flatnonzero((notes.day <= snapshot.day) & billed_here(snapshot, SYSTEM)[notes.invoice])


def _credit_notes(snapshot: Snapshot, rows: np.ndarray) -> pa.Table:
    sold = snapshot.world.subscriptions
    notes = sold.credit_notes.take(rows)
    invoice = sold.invoices.take(notes.invoice)
    return pa.table(
        {
            "id": text.stripe_ids("cn", rows),
            "number": credit_note_numbers(sold, rows),
            "invoice": _of(sold.invoices, notes.invoice),
            "customer": parties.stripe_customer_ids(invoice.customer),
            "currency": _currency(invoice.currency),
            "amount": whole(notes.total),
            "total": whole(notes.total),
            "subtotal": whole(notes.net),
            "status": text.repeated("issued", len(rows)),
            "reason": text.repeated("order_change", len(rows)),
            "created": whole(moments(notes.day, 11 * _HOUR)),
            "metadata": json_object(company_code=quoted(text.chosen(ENTITY_CODES, invoice.entity))),
            "livemode": truths(np.ones(len(rows))),
        }
    )


# Money


def _balance_numbers(rows: np.ndarray, kind: int) -> np.ndarray:
    """Numbers of balance transactions: of charges (0), refunds (1), pay-outs (2)."""
    return np.asarray(rows) * 3 + kind


def charges(snapshot: Snapshot) -> pa.Table:
    """Attempts to collect an invoice, failed ones too."""
    made = snapshot.world.subscriptions.charges
    rows = np.flatnonzero((made.day <= snapshot.day) & billed_here(snapshot, SYSTEM)[made.invoice])
    return _charges(snapshot, rows, end_of(snapshot.day))


def _charges(snapshot: Snapshot, rows: np.ndarray, at: np.ndarray | int) -> pa.Table:
    """These charges as they were at a moment each."""
    sold = snapshot.world.subscriptions
    chosen = sold.charges.take(rows)
    invoice = sold.invoices.take(chosen.invoice)
    # A charge has one refund at most.
    given_back, refund = moments(np.full(len(sold.charges), NEVER), 0), np.zeros(len(sold.charges), dtype=np.int64)
    given_back[sold.credit_notes.charge] = moments(sold.credit_notes.day, 11 * _HOUR + 60)
    refund[sold.credit_notes.charge] = sold.credit_notes.total
    refunded = np.where(given_back[rows] <= at, refund[rows], 0)
    number = invoice_numbers(sold.invoices, chosen.invoice)
    is_applied = ~(chosen.succeeded & is_not_applied(snapshot)[chosen.invoice])
    of_invoice = json_object(invoice=quoted(_of(sold.invoices, chosen.invoice)), invoice_number=quoted(number))
    return pa.table(
        {
            "id": text.stripe_ids("ch", rows),
            "amount": whole(chosen.amount),
            "amount_refunded": whole(refunded),
            "currency": _currency(invoice.currency),
            "customer": parties.stripe_customer_ids(invoice.customer),
            "status": text.where(chosen.succeeded, "succeeded", "failed"),
            "paid": truths(chosen.succeeded),
            "created": whole(charge_created(sold.charges)[rows]),
            "balance_transaction": text.where(
                chosen.succeeded, text.stripe_ids("txn", _balance_numbers(rows, 0)), None
            ),
            "payment_intent": text.stripe_ids("pi", chosen.invoice),
            "description": text.where(is_applied, text.joined("Payment for invoice ", number), "Bank transfer"),
            "metadata": text.where(is_applied, of_invoice, "{}"),
            "livemode": truths(np.ones(len(rows))),
        }
    )


def refunds(snapshot: Snapshot) -> pa.Table:
    """Money given back, one refund per credit note."""
    return _refunds(snapshot, _noted(snapshot))


def _refunds(snapshot: Snapshot, rows: np.ndarray) -> pa.Table:
    sold = snapshot.world.subscriptions
    notes = sold.credit_notes.take(rows)
    return pa.table(
        {
            "id": text.stripe_ids("re", rows),
            "amount": whole(notes.total),
            "charge": text.stripe_ids("ch", notes.charge),
            "currency": _currency(sold.invoices.currency[notes.invoice]),
            "status": text.repeated("succeeded", len(rows)),
            "reason": text.repeated("requested_by_customer", len(rows)),
            "created": whole(moments(notes.day, 11 * _HOUR + 60)),
            "balance_transaction": text.stripe_ids("txn", _balance_numbers(rows, 1)),
        }
    )


def payouts(snapshot: Snapshot) -> pa.Table:
    """Weekly pay-outs per currency; they arrive on the day they are made."""
    is_own, _ = own_payouts(snapshot)
    return _payouts(snapshot, np.flatnonzero((snapshot.world.subscriptions.payouts.day <= snapshot.day) & is_own))


def _payouts(snapshot: Snapshot, rows: np.ndarray) -> pa.Table:
    chosen = snapshot.world.subscriptions.payouts.take(rows)
    _, amount = own_payouts(snapshot)
    return pa.table(
        {
            "id": text.stripe_ids("po", rows),
            "amount": whole(amount[rows]),
            "currency": _currency(chosen.currency),
            "arrival_date": whole(moments(chosen.day, 0)),
            "status": text.repeated("paid", len(rows)),
            "created": whole(moments(chosen.day, 4 * _HOUR)),
            "balance_transaction": text.stripe_ids("txn", _balance_numbers(rows, 2)),
            "automatic": truths(np.ones(len(rows))),
        }
    )


def balance_transactions(snapshot: Snapshot) -> pa.Table:
    """Every movement of the balance, with its fee; `_payout` says which pay-out settles it (not a field of Stripe)."""
    sold, today = snapshot.world.subscriptions, snapshot.day
    here = billed_here(snapshot, SYSTEM)
    charge = np.flatnonzero(sold.charges.succeeded & (sold.charges.day <= today) & here[sold.charges.invoice])
    note = _noted(snapshot)
    is_own, paid = own_payouts(snapshot)
    payout = np.flatnonzero((sold.payouts.day <= today) & is_own)
    sizes = [len(charge), len(note), len(payout)]
    kind = np.repeat([0, 1, 2], sizes)
    amount = np.concatenate([sold.charges.amount[charge], -sold.credit_notes.total[note], -paid[payout]])
    fee = np.concatenate([sold.charges.fee[charge], np.zeros(len(note) + len(payout), dtype=np.int64)])
    made_on = np.concatenate([sold.charges.day[charge], sold.credit_notes.day[note], sold.payouts.day[payout]])
    created = np.concatenate(
        [
            charge_created(sold.charges)[charge],
            moments(sold.credit_notes.day[note], 11 * _HOUR + 60),
            moments(sold.payouts.day[payout], 4 * _HOUR),
        ]
    )
    available = made_on + np.where(kind == 2, 0, 3)
    currency = np.concatenate(
        [
            sold.invoices.currency[sold.charges.invoice[charge]],
            sold.invoices.currency[sold.credit_notes.invoice[note]],
            sold.payouts.currency[payout],
        ]
    )
    paid_out = np.concatenate([sold.charges.payout[charge], sold.credit_notes.payout[note], payout])
    in_payout = (paid_out >= 0) & (np.append(sold.payouts.day, NEVER)[paid_out] <= today)
    rows = np.concatenate([charge, note, payout])
    source = pa.concat_arrays(
        [text.stripe_ids("ch", charge), text.stripe_ids("re", note), text.stripe_ids("po", payout)]
    )
    fee_details = text.joined(
        "[",
        json_object(
            amount=text.plain(fee),
            application="null",
            currency=quoted(_currency(currency)),
            description='"Stripe processing fees"',
            type='"stripe_fee"',
        ),
        "]",
    )
    names = text.chosen(["charge", "refund", "payout"], kind)
    return pa.table(
        {
            "id": text.stripe_ids("txn", _balance_numbers(rows, 0) + kind),
            "amount": whole(amount),
            "fee": whole(fee),
            "net": whole(amount - fee),
            "currency": _currency(currency),
            "type": names,
            "reporting_category": names,
            "source": source,
            "status": text.where(available <= today, "available", "pending"),
            "available_on": whole(moments(available, 0)),
            "created": whole(created),
            "exchange_rate": text.repeated(None, len(rows)),
            "fee_details": text.where(fee > 0, fee_details, "[]"),
            "_payout": text.where(in_payout, text.stripe_ids("po", np.maximum(paid_out, 0)), None),
        }
    )


# Usage and events


def meter_event_summaries(snapshot: Snapshot) -> pa.Table:
    """Minutes per customer and day."""
    usage = snapshot.usage
    here = snapshot.billing.bills(SYSTEM)[snapshot.world.subscriptions.subscriptions.entity]
    seen = usage.take((usage.day <= snapshot.day) & here[usage.subscription])
    customer = snapshot.world.subscriptions.subscriptions.customer[seen.subscription]
    key, position = np.unique(customer * 100_000 + seen.day, return_inverse=True)
    quantity = sum_by(position, seen.quantity, len(key))
    customer, on = key // 100_000, key % 100_000
    return pa.table(
        {
            "id": text.stripe_ids("mtres", key),
            "meter": text.repeated(meter_id(), len(key)),
            "customer": parties.stripe_customer_ids(customer),
            "aggregated_value": whole(quantity),
            "start_time": whole(moments(on, 0)),
            "end_time": whole(moments(on + 1, 0)),
        }
    )


@dataclass(frozen=True)
class _Happening:
    """Events of one type: the rows they are about, their numbers within the type, and when they happened."""

    type: str
    resource: str
    rows: np.ndarray
    numbers: np.ndarray
    when: np.ndarray

    def only(self, is_wanted: np.ndarray) -> _Happening:
        """Those about some rows, told by a flag per row."""
        kept = is_wanted[self.rows]
        return replace(self, rows=self.rows[kept], numbers=self.numbers[kept], when=self.when[kept])

    def of_the_last_days(self, snapshot: Snapshot) -> _Happening:
        """Those that the vendor still keeps on the day."""
        end = end_of(snapshot.day)
        kept = np.flatnonzero((self.when <= end) & (self.when > end - _EVENTS_KEPT_DAYS * _DAY))
        return replace(self, rows=self.rows[kept], numbers=self.numbers[kept], when=self.when[kept])


def _happenings(snapshot: Snapshot) -> list[_Happening]:
    """Everything that ever happened, type by type."""
    sold = snapshot.world.subscriptions
    invoices, notes = sold.invoices, sold.credit_notes
    records = customer_records(snapshot, SYSTEM)
    # A duplicate is no row of the simulation: its events are numbered apart.
    customer = records.customer + np.where(records.is_duplicate, 10**8, 0)
    deleted = np.flatnonzero(records.gone < NEVER)
    made, finalised, paid_at = invoice_created(invoices), invoice_finalised(invoices), invoice_paid(snapshot)
    final, thrown_away = np.flatnonzero(invoices.day < NEVER), np.flatnonzero(invoices.removed < NEVER)
    paid, voided = np.flatnonzero(paid_at < moments(NEVER, 0)), np.flatnonzero(invoices.voided < NEVER)
    lost = np.flatnonzero(invoices.fate == UNCOLLECTIBLE)
    charged = charge_created(sold.charges)
    succeeded, failed = np.flatnonzero(sold.charges.succeeded), np.flatnonzero(~sold.charges.succeeded)
    # The invoice of a period is what makes the subscription another one.
    billed = np.flatnonzero(invoices.period != BY_HAND)
    cancelled = np.flatnonzero(sold.subscriptions.cancelled < NEVER)
    ended = np.flatnonzero(sold.subscriptions.ended < NEVER)
    started = np.arange(len(sold.subscriptions))
    note, payout = np.arange(len(notes)), np.arange(len(sold.payouts))
    noted, given_back = moments(notes.day, 11 * _HOUR), moments(notes.day, 11 * _HOUR + 60)
    subscriptions = sold.subscriptions
    happenings = (
        ("customer.created", "customers", np.arange(len(records)), customer, moments(records.made, 5 * _HOUR)),
        ("customer.deleted", "customers", deleted, customer[deleted], moments(records.gone[deleted], 14 * _HOUR)),
        (
            "customer.subscription.created",
            "subscriptions",
            started,
            started,
            moments(subscriptions.start, 5 * _HOUR + 1800),
        ),
        ("customer.subscription.updated", "subscriptions", invoices.subscription[billed], billed, made[billed] + 1),
        (
            "customer.subscription.updated",
            "subscriptions",
            cancelled,
            cancelled,
            moments(subscriptions.cancelled[cancelled], 10 * _HOUR),
        ),
        ("customer.subscription.deleted", "subscriptions", ended, ended, moments(subscriptions.ended[ended], 0)),
        ("invoice.created", "invoices", np.arange(len(invoices)), np.arange(len(invoices)), made),
        ("invoice.finalized", "invoices", final, final, finalised[final]),
        ("invoice.paid", "invoices", paid, paid, paid_at[paid]),
        ("invoice.marked_uncollectible", "invoices", lost, lost, moments(invoices.settled[lost], 12 * _HOUR)),
        ("invoice.updated", "invoices", notes.invoice, note, noted),
        ("invoice.voided", "invoices", voided, voided, moments(invoices.voided[voided], 15 * _HOUR)),
        (
            "invoice.deleted",
            "invoices",
            thrown_away,
            thrown_away,
            moments(invoices.removed[thrown_away], 16 * _HOUR),
        ),
        ("charge.succeeded", "charges", succeeded, succeeded, charged[succeeded]),
        ("charge.failed", "charges", failed, failed, charged[failed]),
        ("charge.refunded", "charges", notes.charge, note, given_back),
        ("credit_note.created", "credit_notes", note, note, noted),
        ("refund.created", "refunds", note, note, given_back),
        ("payout.created", "payouts", payout, payout, moments(sold.payouts.day, 4 * _HOUR)),
    )
    here, is_own = billed_here(snapshot, SYSTEM), own_payouts(snapshot)[0]
    billed_by_us = {
        "customers": np.ones(len(records), dtype=bool),
        "subscriptions": snapshot.billing.bills(SYSTEM)[subscriptions.entity],
        "invoices": here,
        "charges": here[sold.charges.invoice],
        "credit_notes": here[notes.invoice],
        "refunds": here[notes.invoice],
        "payouts": is_own,
    }
    return [_Happening(*happening).only(billed_by_us[happening[1]]) for happening in happenings]


def _event_ids(position: int, happening: _Happening) -> pa.Array:
    return text.stripe_ids("evt", position * 10**9 + happening.numbers)


def events(snapshot: Snapshot) -> pa.Table:
    """What happened to which object in the last 30 days. The object is named here; its picture stands apart."""
    records = customer_records(snapshot, SYSTEM)
    tables = []
    for position, happening in enumerate(_happenings(snapshot)):
        seen = happening.of_the_last_days(snapshot)
        kind = OBJECTS_OF_EVENTS[seen.resource]
        identity = (
            _customer_ids(records.take(seen.rows))
            if seen.resource == "customers"
            else text.stripe_ids(kind.prefix, seen.rows)
        )
        tables.append(
            pa.table(
                {
                    "id": _event_ids(position, seen),
                    "type": text.repeated(seen.type, len(seen.rows)),
                    "api_version": text.repeated(API_VERSION, len(seen.rows)),
                    "created": whole(seen.when),
                    "data": text.joined('{"object":{"id":"', identity, f'","object":"{kind.name}"}}}}'),
                    "request": text.repeated('{"id":null,"idempotency_key":null}', len(seen.rows)),
                    "livemode": truths(np.ones(len(seen.rows))),
                }
            )
        )
    return pa.concat_tables(tables).combine_chunks().sort_by([("created", "ascending"), ("id", "ascending")])


@dataclass(frozen=True)
class _ObjectOfEvents:
    """How an object is called, and the table of some of them as they were at a moment each."""

    name: str
    prefix: str
    pictures: Callable[[Snapshot, np.ndarray, np.ndarray], pa.Table]


OBJECTS_OF_EVENTS = {
    # A customer that is deleted is shown a last time as it was.
    "customers": _ObjectOfEvents(
        "customer", "cus", lambda snapshot, rows, _: _customers(snapshot, customer_records(snapshot, SYSTEM).take(rows))
    ),
    "subscriptions": _ObjectOfEvents("subscription", "sub", _subscriptions),
    "invoices": _ObjectOfEvents("invoice", "in", _invoices),
    "charges": _ObjectOfEvents("charge", "ch", _charges),
    "credit_notes": _ObjectOfEvents("credit_note", "cn", lambda snapshot, rows, _: _credit_notes(snapshot, rows)),
    "refunds": _ObjectOfEvents("refund", "re", lambda snapshot, rows, _: _refunds(snapshot, rows)),
    "payouts": _ObjectOfEvents("payout", "po", lambda snapshot, rows, _: _payouts(snapshot, rows)),
}


def _pictures(resource: str) -> Callable[[Snapshot], pa.Table]:
    """Makes the objects of a resource as they were when something happened to them, one per event (`_event`)."""

    def make(snapshot: Snapshot) -> pa.Table:
        seen = [
            (position, happening.of_the_last_days(snapshot))
            for position, happening in enumerate(_happenings(snapshot))
            if happening.resource == resource
        ]
        rows, when = (np.concatenate([getattr(each, name) for _, each in seen]) for name in ("rows", "when"))
        objects = OBJECTS_OF_EVENTS[resource].pictures(snapshot, rows, when)
        return objects.append_column("_event", pa.concat_arrays([_event_ids(*each) for each in seen]))

    return make


def _pictured_lines(snapshot: Snapshot) -> pa.Table:
    """The lines of every invoice that an event is about, those of drafts thrown away included."""
    sold = snapshot.world.subscriptions
    seen = [each.of_the_last_days(snapshot) for each in _happenings(snapshot) if each.resource == "invoices"]
    invoices = np.unique(np.concatenate([each.rows for each in seen]))
    return _invoice_lines(snapshot, np.flatnonzero(np.isin(sold.lines.invoice, invoices)))


TABLES = {
    make.__name__: make
    for make in (
        customers,
        products,
        prices,
        subscriptions,
        subscription_items,
        invoices,
        invoice_lines,
        credit_notes,
        charges,
        refunds,
        payouts,
        balance_transactions,
        meters,
        meter_event_summaries,
        events,
    )
}
# Not resources of the vendor: what its events show.
TABLES |= {f"_events_of_{resource}": _pictures(resource) for resource in OBJECTS_OF_EVENTS}
TABLES["_events_of_invoice_lines"] = _pictured_lines
