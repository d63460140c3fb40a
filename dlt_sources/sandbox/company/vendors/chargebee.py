"""Chargebee: subscriptions, invoices, credit notes, transactions and usage. Amounts are whole minor units.

The site sits in Berlin: billing days begin at midnight there, which is the evening before in UTC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dlt_sources.sandbox.company import catalogue, days, parties, text
from dlt_sources.sandbox.company.billing import VENDORS
from dlt_sources.sandbox.company.columns import decimals, moments, truths, whole
from dlt_sources.sandbox.company.days import NEVER, day
from dlt_sources.sandbox.company.frame import Frame, sum_by
from dlt_sources.sandbox.company.group import CURRENCIES, ENTITY_CODES, MINOR_UNITS, SINGAPORE
from dlt_sources.sandbox.company.subscriptions import (
    BY_HAND,
    ONE_OFF,
    RECURRING,
    UNCOLLECTIBLE,
    USAGE,
    minute_price,
)
from dlt_sources.sandbox.company.vendors.invoicing import (
    all_prices,
    batches,
    begun,
    billed_here,
    billing_currency,
    charge_created,
    collected_here,
    contract_numbers,
    credit_note_numbers,
    customer_records,
    end_of,
    invoice_created,
    invoice_finalised,
    invoice_numbers,
    invoice_paid,
    invoices_here,
    is_not_applied,
    items_of,
    json_object,
    latest_change,
    latest_period,
    line_taxes,
    mail_addresses,
    midnight,
    names_and_tax_ids,
    noted_here,
    quoted,
    written_off_here,
)

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

SYSTEM = "chargebee"
_HOUR, _DAY = 3600, 86_400
_SINCE = day("2024-06-03")
_EVENTS_KEPT_DAYS = 90
_SITE_ZONE = "Europe/Berlin"
_SITE = f'{{"timezone":"{_SITE_ZONE}"}}'
_ITEMS = np.flatnonzero(catalogue.IS_SUBSCRIBED)
_FAR = int(moments(np.array([NEVER]), 0)[0])
# A second record of a customer, and the line of an invoice while that was a draft, are numbered apart.
_APART = 10**8


def _midnight(on: np.ndarray) -> np.ndarray:
    """When days begin at the site."""
    return midnight(_SITE_ZONE, on)


def _change(*whens: np.ndarray, at: int) -> dict[str, pa.Array]:
    """The columns that tell of the last change by a moment."""
    latest = latest_change(*whens, at=at)
    return {"updated_at": whole(latest), "resource_version": whole(latest * 1000 + 7)}


def _entity_ids(entity: np.ndarray) -> pa.Array:
    vendor = VENDORS[SYSTEM]
    return text.chosen([vendor.entity_id(position) for position in range(len(ENTITY_CODES))], entity)


def _subscription_ids(rows: np.ndarray) -> pa.Array:
    return text.chargebee_ids("", np.asarray(rows) + 20_000_000)


def _transaction_ids(rows: np.ndarray, kind: int) -> pa.Array:
    """Ids of transactions: payments (0), refunds (1), authorizations (2)."""
    return text.chargebee_ids("txn_", np.asarray(rows) * 3 + kind)


def payment_ids(rows: np.ndarray) -> pa.Array:
    """Ids of the transactions that collect, by position of the charge."""
    return _transaction_ids(rows, 0)


def _in_major_units(hundredths: np.ndarray, currency: np.ndarray) -> pa.Array:
    """Hundredths of a minor unit as decimal text in units of the currency."""
    has_cents = MINOR_UNITS[currency] > 0
    parts = [
        text.joined(text.plain(hundredths // 10**scale), ".", text.padded(hundredths % 10**scale, scale))
        for scale in (4, 2)
    ]
    return text.where(has_cents, *parts)


# Master data


def customers(snapshot: Snapshot) -> pa.Table:
    """Customers; a deleted one is still shown, as deleted."""
    records = customer_records(snapshot, SYSTEM)
    frame, rows = snapshot.world.customers, records.customer
    name, number = names_and_tax_ids(snapshot, records)
    cities = [city for land in parties.COUNTRIES for city in land.cities]
    country = frame.country[rows]
    made, gone = moments(records.made, 5 * _HOUR), moments(records.gone, 14 * _HOUR)
    return pa.table(
        {
            "id": _customer_ids(records),
            "company": name,
            "email": mail_addresses(snapshot, records),
            "preferred_currency_code": text.chosen(list(CURRENCIES), billing_currency(snapshot, rows)),
            "billing_address": json_object(
                city=quoted(text.chosen(cities, country * 2 + rows % 2)),
                country=quoted(text.chosen([land.code for land in parties.COUNTRIES], country)),
                object='"billing_address"',
                validation_status='"not_validated"',
            ),
            "vat_number": number,
            "auto_collection": text.repeated("on", len(rows)),
            "net_term_days": whole(np.full(len(rows), 30)),
            "taxability": text.repeated("taxable", len(rows)),
            "business_entity_id": _entity_ids(frame.entity[rows]),
            "created_at": whole(made),
            **_change(made, gone, at=end_of(snapshot.day)),
            "deleted": truths(records.gone <= snapshot.day),
        }
    )


def _customer_ids(records: Frame) -> pa.Array:
    vendor = VENDORS[SYSTEM]
    return text.where(
        records.is_duplicate, vendor.duplicate_ids(records.customer), vendor.customer_ids(records.customer)
    )


def item_ids(rows: np.ndarray) -> pa.Array:
    """Ids of items: whoever set up the catalogue took the product codes."""
    return text.chosen(catalogue.CODES, rows)


def _item_types(rows: np.ndarray) -> pa.Array:
    """plan, addon (metered) or charge."""
    return text.where(rows == catalogue.ONBOARDING, "charge", text.where(rows == catalogue.MINUTES, "addon", "plan"))


def items(snapshot: Snapshot) -> pa.Table:
    """Service contracts and cloud plans, onboarding as a charge, minutes as a metered addon."""
    rows = _ITEMS
    chosen = [catalogue.ALL_PRODUCTS[row] for row in rows]
    is_metered = rows == catalogue.MINUTES
    return pa.table(
        {
            "id": item_ids(rows),
            "name": [product.name for product in chosen],
            "type": _item_types(rows),
            "status": text.repeated("active", len(rows)),
            "item_family_id": [product.family.lower() for product in chosen],
            "metered": truths(is_metered),
            "usage_calculation": text.where(is_metered, "sum_of_usages", None),
            "unit": text.where(is_metered, "minute", None),
            "metadata": [f'{{"product_code":"{product.code}"}}' for product in chosen],
            **_change(moments(np.full(len(rows), _SINCE), 8 * _HOUR + rows), at=end_of(snapshot.day)),
        }
    )


def price_ids(product: np.ndarray, currency: np.ndarray, interval: np.ndarray) -> pa.Array:
    """Ids of item prices, such as CLD-PRO-EUR-Monthly; interval 0 is a charge made once."""
    period = np.searchsorted([0, *catalogue.INTERVALS], interval)
    names = text.chosen(["", "-Monthly", "-Quarterly", "-Yearly"], period)
    return text.joined(item_ids(product), "-", text.chosen(list(CURRENCIES), currency), names)


def metered_price_ids(currency: np.ndarray) -> pa.Array:
    """Ids of the item prices of machine minutes."""
    count = len(currency)
    return price_ids(np.full(count, catalogue.MINUTES), currency, np.ones(count, dtype=np.int64))


def item_prices(snapshot: Snapshot) -> pa.Table:
    """Prices per item, currency and period; what is below a minor unit shows in the decimal form only."""
    frame = all_prices()
    count = len(frame)
    is_yearly = frame.interval == 12
    identity = price_ids(frame.product, frame.currency, frame.interval)
    # Nobody enters a price list in a day.
    made = moments(_SINCE + np.arange(count) // 5, 9 * _HOUR + np.arange(count))
    return pa.table(
        {
            "id": identity,
            "name": identity,
            "item_id": item_ids(frame.product),
            "item_type": _item_types(frame.product),
            "status": text.repeated("active", count),
            "pricing_model": text.repeated("per_unit", count),
            "price": whole((frame.price + 50) // 100),
            "price_in_decimal": _in_major_units(frame.price, frame.currency),
            "currency_code": text.chosen(list(CURRENCIES), frame.currency),
            "period": whole(np.where(is_yearly, 1, frame.interval), frame.interval > 0),
            "period_unit": text.where(frame.interval > 0, text.where(is_yearly, "year", "month"), None),
            "is_taxable": truths(np.ones(count)),
            "free_quantity": whole(np.zeros(count)),
            "created_at": whole(made),
            **_change(made, at=end_of(snapshot.day)),
        }
    )


# Subscriptions


def subscriptions(snapshot: Snapshot) -> pa.Table:
    """All subscriptions, ended ones too. One under notice does not renew, and says already when it will end."""
    sold, rows, at = snapshot.world.subscriptions, begun(snapshot, SYSTEM), end_of(snapshot.day)
    of = sold.subscriptions.take(rows)
    period = sold.periods.take(latest_period(sold, rows, at))
    noticed, ended = moments(of.cancelled, 10 * _HOUR), moments(of.ended, 5 * _HOUR)
    is_ended, is_noticed = ended <= at, noticed <= at
    made = moments(of.start, 5 * _HOUR + 1800)
    term_end = _midnight(days.add_months(of.start, of.term))
    return pa.table(
        {
            "id": _subscription_ids(rows),
            "customer_id": VENDORS[SYSTEM].customer_ids(of.customer),
            "status": text.where(is_ended, "cancelled", text.where(is_noticed, "non_renewing", "active")),
            "currency_code": text.chosen(list(CURRENCIES), of.currency),
            "start_date": whole(_midnight(of.start)),
            "started_at": whole(_midnight(of.start)),
            "activated_at": whole(_midnight(of.start)),
            "current_term_start": whole(_midnight(period.start)),
            "current_term_end": whole(_midnight(period.end) - 1),
            "next_billing_at": whole(_midnight(period.end), ~is_noticed),
            "cancelled_at": whole(_midnight(of.ended), is_noticed),
            "cancel_schedule_created_at": whole(noticed, is_noticed & ~is_ended),
            "auto_collection": text.where(of.sends_invoice, "off", "on"),
            "contract_term": json_object(
                id=quoted(text.chargebee_ids("", rows + 30_000_000)),
                status=text.where(is_ended, '"cancelled"', '"active"'),
                contract_start=text.plain(_midnight(of.start)),
                contract_end=text.plain(term_end),
                billing_cycle=text.plain(np.maximum(of.term // of.interval, 1)),
                action_at_term_end='"renew"',
                total_contract_value=text.plain(of.value),
                object='"contract_term"',
            ),
            "business_entity_id": _entity_ids(of.entity),
            "cf_contract_number": contract_numbers(rows),
            "created_at": whole(made),
            **_change(made, moments(period.start, 7 * _HOUR), noticed, ended, at=at),
            "deleted": truths(np.zeros(len(rows))),
        }
    )


def subscription_items(snapshot: Snapshot) -> pa.Table:
    """What each subscription is charged for as of the day; a metered item has no quantity."""
    sold = snapshot.world.subscriptions
    shown = items_of(sold, begun(snapshot, SYSTEM), end_of(snapshot.day))
    is_metered = shown.product == catalogue.MINUTES
    prices = all_prices()
    key = _price_key(prices.product, prices.currency, prices.interval)
    order = np.argsort(key)
    wanted = _price_key(shown.product, shown.currency, shown.interval)
    price = prices.price[order[np.searchsorted(key[order], wanted)]]
    return pa.table(
        {
            "subscription_id": _subscription_ids(shown.subscription),
            "item_price_id": price_ids(shown.product, shown.currency, shown.interval),
            "item_type": _item_types(shown.product),
            "quantity": whole(shown.quantity, ~is_metered),
            "unit_price": whole((price + 50) // 100),
            "unit_price_in_decimal": _in_major_units(price, shown.currency),
            "amount": whole(price // 100 * shown.quantity, ~is_metered),
        }
    )


def _price_key(product: np.ndarray, currency: np.ndarray, interval: np.ndarray) -> np.ndarray:
    return (product * len(CURRENCIES) + currency) * 100 + interval


# Invoices


def _invoice_ids(invoices: Frame, rows: np.ndarray, at: int) -> pa.Array:
    """An invoice's id is its number; while it is pending it has another one, which is gone when it is closed."""
    drafts = text.chargebee_ids("draft_inv_", rows)
    return text.where(invoice_finalised(invoices)[rows] <= at, invoice_numbers(invoices, rows), drafts)


def invoices(snapshot: Snapshot) -> pa.Table:
    """Invoices with what is settled of them as of the day. One that is written off counts as paid."""
    sold, at, rows = snapshot.world.subscriptions, end_of(snapshot.day), invoices_here(snapshot, SYSTEM)
    chosen = sold.invoices.take(rows)
    created, finalised = invoice_created(sold.invoices)[rows], invoice_finalised(sold.invoices)[rows]
    paid_at = invoice_paid(snapshot)[rows]
    lost_at = np.where(chosen.fate == UNCOLLECTIBLE, moments(chosen.settled, 12 * _HOUR), _FAR)
    voided_at, removed_at = moments(chosen.voided, 15 * _HOUR), moments(chosen.removed, 16 * _HOUR)
    noted_at = np.full(len(sold.invoices), _FAR)
    noted_at[sold.credit_notes.invoice] = moments(sold.credit_notes.day, 11 * _HOUR)
    is_final, is_paid, is_lost, is_void = finalised <= at, paid_at <= at, lost_at <= at, voided_at <= at
    is_settled = is_paid | is_lost
    overdue_at = np.where(chosen.sends_invoice, moments(chosen.due + 1, 5 * _HOUR), finalised)
    overdue_at = np.where(overdue_at < np.minimum.reduce([paid_at, lost_at, voided_at]), overdue_at, _FAR)
    status = text.where(overdue_at <= at, "payment_due", "posted")
    status = text.where(is_void, "voided", text.where(is_settled, "paid", status))
    subtotal = sum_by(sold.lines.invoice, sold.lines.amount, len(sold.invoices))[rows]
    discount = sum_by(sold.lines.invoice, sold.lines.discount, len(sold.invoices))[rows]
    tax = text.joined("[", json_object(name='"Tax"', amount=text.plain(chosen.tax), object='"tax"'), "]")
    reduction = json_object(
        amount=text.plain(discount),
        entity_type='"item_level_discount"',
        discount_type='"percentage"',
        object='"discount"',
    )
    zero = whole(np.zeros(len(rows)))
    return pa.table(
        {
            "id": _invoice_ids(sold.invoices, rows, at),
            "customer_id": VENDORS[SYSTEM].customer_ids(chosen.customer),
            "subscription_id": _subscription_ids(chosen.subscription),
            "recurring": truths(chosen.period != BY_HAND),
            "status": text.where(is_final, status, "pending"),
            "price_type": text.repeated("tax_exclusive", len(rows)),
            "date": whole(_midnight(np.where(is_final, chosen.day, chosen.created))),
            "due_date": whole(_midnight(chosen.due), is_final),
            "net_term_days": whole(np.where(chosen.sends_invoice, 30, 0)),
            "currency_code": text.chosen(list(CURRENCIES), chosen.currency),
            "total": whole(chosen.total),
            "sub_total": whole(subtotal),
            "tax": whole(chosen.tax),
            "amount_due": whole(np.where(is_settled | is_void, 0, chosen.total)),
            "amount_paid": whole(np.where(is_paid, chosen.total, 0)),
            "amount_adjusted": zero,
            "credits_applied": zero,
            "write_off_amount": whole(np.where(is_lost, chosen.total, 0)),
            "paid_at": whole(np.where(is_paid, paid_at, lost_at), is_settled),
            "voided_at": whole(voided_at, is_void),
            "generated_at": whole(np.where(is_final, finalised, created)),
            "first_invoice": truths(chosen.period == 0),
            "term_finalized": truths(np.ones(len(rows))),
            "discounts": text.where(discount > 0, text.joined("[", reduction, "]"), "[]"),
            "taxes": text.where(chosen.tax != 0, tax, "[]"),
            "business_entity_id": _entity_ids(chosen.entity),
            "cf_posting_batch": text.where(chosen.entity == SINGAPORE, batches(chosen), None),
            "site_details_at_creation": text.repeated(_SITE, len(rows)),
            **_change(created, finalised, paid_at, lost_at, voided_at, removed_at, noted_at[rows], overdue_at, at=at),
            "deleted": truths(removed_at <= at),
        }
    )


def invoice_lines(snapshot: Snapshot) -> pa.Table:
    """What each invoice charges for. A period ends with its last second; what is charged once has no length."""
    sold, at = snapshot.world.subscriptions, end_of(snapshot.day)
    is_shown = np.zeros(len(sold.invoices), dtype=bool)
    is_shown[invoices_here(snapshot, SYSTEM)] = True
    rows = np.flatnonzero(is_shown[sold.lines.invoice])
    lines, tax = sold.lines.take(rows), line_taxes(sold.lines, sold.invoices)[rows]
    invoice = sold.invoices.take(lines.invoice)
    of = sold.subscriptions.take(invoice.subscription)
    is_final = invoice_finalised(sold.invoices)[lines.invoice] <= at
    is_usage, is_once = lines.charge_type == USAGE, lines.charge_type == ONE_OFF
    interval = np.where(lines.charge_type == RECURRING, of.interval, np.where(is_usage, 1, 0))
    unit = np.where(is_usage, minute_price(invoice.currency), 100 * (lines.amount // np.maximum(lines.quantity, 1)))
    kinds = text.joined(_item_types(lines.product), "_item_price")
    start = _midnight(lines.start)
    return pa.table(
        {
            "invoice_id": _invoice_ids(sold.invoices, lines.invoice, at),
            "id": text.chargebee_ids("li_", rows + np.where(is_final, 0, _APART)),
            "subscription_id": _subscription_ids(invoice.subscription),
            "customer_id": VENDORS[SYSTEM].customer_ids(invoice.customer),
            "date_from": whole(start),
            "date_to": whole(np.where(is_once, start, _midnight(lines.end) - 1)),
            "unit_amount": whole((unit + 50) // 100),
            "unit_amount_in_decimal": _in_major_units(unit, invoice.currency),
            "quantity": whole(lines.quantity),
            "amount": whole(lines.amount),
            "pricing_model": text.repeated("per_unit", len(rows)),
            "is_taxed": truths(tax != 0),
            "tax_amount": whole(tax),
            "tax_rate": decimals(invoice.tax_per_mille, 1),
            "discount_amount": whole(lines.discount),
            "item_level_discount_amount": whole(lines.discount),
            "entity_type": kinds,
            "entity_id": price_ids(lines.product, invoice.currency, interval),
            "metered": truths(is_usage),
            "description": text.chosen([product.name for product in catalogue.ALL_PRODUCTS], lines.product),
        }
    )


def pending_invoices(snapshot: Snapshot) -> pa.Table:
    """The invoices that are pending as of the day and not deleted; `status[is]=pending` of the list of invoices."""
    table = invoices(snapshot)
    pending = pc.and_(pc.equal(table["status"], "pending"), pc.invert(table["deleted"]))
    return table.select(["id", "status", "updated_at"]).filter(pending)


def credit_notes(snapshot: Snapshot) -> pa.Table:
    """Refunded credit notes, and the adjustment note that every write-off makes."""
    sold = snapshot.world.subscriptions
    noted, lost = noted_here(snapshot, SYSTEM), written_off_here(snapshot, SYSTEM)
    notes = sold.credit_notes.take(noted)
    both = Frame(
        invoice=np.concatenate([notes.invoice, lost]),
        is_write_off=np.repeat([False, True], [len(noted), len(lost)]),
        day=np.concatenate([notes.day, sold.invoices.settled[lost]]),
        net=np.concatenate([notes.net, sold.invoices.net[lost]]),
        tax=np.concatenate([notes.tax, sold.invoices.tax[lost]]),
        total=np.concatenate([notes.total, sold.invoices.total[lost]]),
    )
    invoice, count, is_loss = sold.invoices.take(both.invoice), len(both), both.is_write_off
    numbers = pa.concat_arrays(
        [credit_note_numbers(sold, noted), text.joined(invoice_numbers(sold.invoices, lost), "-WO-01")]
    )
    made = moments(both.day, np.where(is_loss, 12, 11) * _HOUR)
    tax = json_object(name='"Tax"', amount=text.plain(both.tax), object='"tax"')
    allocation = json_object(
        invoice_id=quoted(invoice_numbers(sold.invoices, both.invoice)),
        allocated_amount=text.plain(both.total),
        allocated_at=text.plain(made),
        object='"allocation"',
    )
    return pa.table(
        {
            "id": numbers,
            "customer_id": VENDORS[SYSTEM].customer_ids(invoice.customer),
            "subscription_id": _subscription_ids(invoice.subscription),
            "reference_invoice_id": invoice_numbers(sold.invoices, both.invoice),
            "type": text.where(is_loss, "adjustment", "refundable"),
            "reason_code": text.where(is_loss, "write_off", "order_change"),
            "status": text.where(is_loss, "adjusted", "refunded"),
            "price_type": text.repeated("tax_exclusive", count),
            "date": whole(_midnight(both.day)),
            "currency_code": text.chosen(list(CURRENCIES), invoice.currency),
            "total": whole(both.total),
            "sub_total": whole(both.net),
            "taxes": text.where(both.tax != 0, text.joined("[", tax, "]"), "[]"),
            "amount_allocated": whole(np.where(is_loss, both.total, 0)),
            "amount_refunded": whole(np.where(is_loss, 0, both.total)),
            "amount_available": whole(np.zeros(count)),
            "refunded_at": whole(made + 60, ~is_loss),
            "allocations": text.where(is_loss, text.joined("[", allocation, "]"), "[]"),
            "business_entity_id": _entity_ids(invoice.entity),
            "site_details_at_creation": text.repeated(_SITE, count),
            **_change(made, at=end_of(snapshot.day)),
            "deleted": truths(np.zeros(count)),
        }
    )


# Money and usage


def _authorized(snapshot: Snapshot) -> np.ndarray:
    """Subscriptions whose card was tried with a small amount when they began."""
    rows = begun(snapshot, SYSTEM)
    return rows[~snapshot.world.subscriptions.subscriptions.sends_invoice[rows]]


def transactions(snapshot: Snapshot) -> pa.Table:
    """Payments, failed ones too, refunds, and the authorizations that only try a card."""
    payments, refunds, tries = _payments(snapshot), _refunds(snapshot), _authorizations(snapshot)
    return pa.concat_tables([payments, refunds, tries], promote_options="default").combine_chunks()


def _transaction(snapshot: Snapshot, ids: pa.Array, of: Frame, kind: str, **columns: pa.Array) -> pa.Table:
    """The columns that all transactions have; `of` has subscription, customer, entity, currency and sends_invoice."""
    by_transfer = of.sends_invoice
    return pa.table(
        {
            "id": ids,
            "customer_id": VENDORS[SYSTEM].customer_ids(of.customer),
            "subscription_id": _subscription_ids(of.subscription),
            "type": text.repeated(kind, len(of)),
            "currency_code": text.chosen(list(CURRENCIES), of.currency),
            "payment_method": text.where(by_transfer, "bank_transfer", "card"),
            "gateway": text.where(by_transfer, "not_applicable", "chargebee_payments"),
            "id_at_gateway": text.where(by_transfer, None, text.joined("gw_", ids)),
            "business_entity_id": _entity_ids(of.entity),
            "deleted": truths(np.zeros(len(of))),
            **columns,
        }
    )


def _payments(snapshot: Snapshot) -> pa.Table:
    sold, rows = snapshot.world.subscriptions, collected_here(snapshot, SYSTEM)
    chosen, when = sold.charges.take(rows), charge_created(sold.charges)[rows]
    invoice = sold.invoices.take(chosen.invoice)
    refunded = np.full(len(sold.charges), _FAR)
    refunded[sold.credit_notes.charge] = moments(sold.credit_notes.day, 11 * _HOUR + 60)
    linked = json_object(
        invoice_id=quoted(invoice_numbers(sold.invoices, chosen.invoice)),
        applied_amount=text.plain(chosen.amount),
        applied_at=text.plain(when),
        invoice_date=text.plain(_midnight(invoice.day)),
        invoice_total=text.plain(invoice.total),
    )
    is_applied = ~(chosen.succeeded & is_not_applied(snapshot)[chosen.invoice])
    return _transaction(
        snapshot,
        _transaction_ids(rows, 0),
        invoice,
        "payment",
        status=text.where(chosen.succeeded, "success", "failure"),
        date=whole(when),
        amount=whole(chosen.amount),
        amount_unused=whole(np.where(is_applied, 0, chosen.amount)),
        linked_invoices=text.where(is_applied, text.joined("[", linked, "]"), "[]"),
        **_change(when, refunded[rows], at=end_of(snapshot.day)),
    )


def _refunds(snapshot: Snapshot) -> pa.Table:
    sold, rows = snapshot.world.subscriptions, noted_here(snapshot, SYSTEM)
    notes = sold.credit_notes.take(rows)
    when = moments(notes.day, 11 * _HOUR + 60)
    linked = json_object(
        cn_id=quoted(credit_note_numbers(sold, rows)),
        applied_amount=text.plain(notes.total),
        applied_at=text.plain(when),
        cn_total=text.plain(notes.total),
        cn_status='"refunded"',
        cn_reference_invoice_id=quoted(invoice_numbers(sold.invoices, notes.invoice)),
    )
    return _transaction(
        snapshot,
        _transaction_ids(rows, 1),
        sold.invoices.take(notes.invoice),
        "refund",
        status=text.repeated("success", len(rows)),
        date=whole(when),
        amount=whole(notes.total),
        linked_credit_notes=text.joined("[", linked, "]"),
        refunded_txn_id=_transaction_ids(notes.charge, 0),
        **_change(when, at=end_of(snapshot.day)),
    )


def _authorizations(snapshot: Snapshot) -> pa.Table:
    rows = _authorized(snapshot)
    of = snapshot.world.subscriptions.subscriptions.take(rows)
    when = moments(of.start, 5 * _HOUR + 1700)
    return _transaction(
        snapshot,
        _transaction_ids(rows, 2),
        of.extended(subscription=rows),
        "authorization",
        status=text.repeated("voided", len(rows)),
        date=whole(when),
        amount=whole(np.full(len(rows), 100)),
        **_change(when, at=end_of(snapshot.day)),
    )


def usages(snapshot: Snapshot) -> pa.Table:
    """Minutes per subscription and day, reported in the evening for the night before it."""
    subscriptions = snapshot.world.subscriptions.subscriptions
    usage = snapshot.usage
    here = snapshot.billing.bills(SYSTEM)[subscriptions.entity]
    seen = usage.take((usage.day <= snapshot.day) & here[usage.subscription])
    made = moments(seen.day, 20 * _HOUR)
    return pa.table(
        {
            "id": text.chargebee_ids("usage_", seen.subscription * 100_000 + seen.day),
            "subscription_id": _subscription_ids(seen.subscription),
            "item_price_id": metered_price_ids(subscriptions.currency[seen.subscription]),
            "usage_date": whole(_midnight(seen.day) + 1800),
            "quantity": text.plain(seen.quantity),
            "source": text.repeated("api", len(seen)),
            "created_at": whole(made),
            **_change(made, at=end_of(snapshot.day)),
        }
    )


# Events


def events(snapshot: Snapshot) -> pa.Table:
    """What happened in the last months; the content names the objects, without a picture of all their fields."""
    sold, here = snapshot.world.subscriptions, billed_here(snapshot, SYSTEM)
    made, notes, at = sold.invoices, sold.credit_notes, end_of(snapshot.day)
    records = customer_records(snapshot, SYSTEM)
    vendor, of = VENDORS[SYSTEM], sold.subscriptions
    ours = snapshot.billing.bills(SYSTEM)[of.entity]
    final = invoice_finalised(made)
    charged = charge_created(sold.charges)
    noted = moments(notes.day, 11 * _HOUR)
    # A draft that was made and closed at once was never pending at the end of a day.
    waited = np.flatnonzero(here & (made.day > made.created))
    invoice_customers = vendor.customer_ids(made.customer)

    def about_invoices(kind: str, chosen: np.ndarray, when: np.ndarray, ids: pa.Array) -> tuple:
        return kind, "invoice", ids, invoice_customers.take(pa.array(chosen)), chosen, when

    def numbered(chosen: np.ndarray) -> pa.Array:
        return invoice_numbers(made, chosen)

    paid = np.flatnonzero(here & (invoice_paid(snapshot) < _FAR))
    lost = np.flatnonzero(here & (made.fate == UNCOLLECTIBLE))
    voided, removed = np.flatnonzero(here & (made.voided < NEVER)), np.flatnonzero(here & (made.removed < NEVER))
    closed = np.flatnonzero(here & (made.day < NEVER))
    note = np.flatnonzero(here[notes.invoice])
    charge = np.flatnonzero(here[sold.charges.invoice])
    succeeded, failed = (charge[sold.charges.succeeded[charge] == wanted] for wanted in (True, False))
    started = np.flatnonzero(ours)
    noticed, ended = (np.flatnonzero(ours & (column < NEVER)) for column in (of.cancelled, of.ended))
    renewed = np.flatnonzero(here & (made.period > 0))
    deleted = np.flatnonzero(records.gone < NEVER)
    drafts = text.chargebee_ids("draft_inv_", waited)

    def about_subscriptions(kind: str, chosen: np.ndarray, numbers: np.ndarray, when: np.ndarray) -> tuple:
        return kind, "subscription", _subscription_ids(chosen), vendor.customer_ids(of.customer[chosen]), numbers, when

    def about_transactions(
        kind: str, ids: pa.Array, invoice: np.ndarray, chosen: np.ndarray, when: np.ndarray
    ) -> tuple:
        return kind, "transaction", ids, invoice_customers.take(pa.array(invoice)), chosen, when

    customer_ids, number = _customer_ids(records), records.customer + np.where(records.is_duplicate, _APART, 0)
    gone_ids = customer_ids.take(pa.array(deleted))
    happenings = (
        ("customer_created", "customer", customer_ids, customer_ids, number, moments(records.made, 5 * _HOUR)),
        (
            "customer_deleted",
            "customer",
            gone_ids,
            gone_ids,
            number[deleted],
            moments(records.gone[deleted], 14 * _HOUR),
        ),
        about_subscriptions("subscription_created", started, started, moments(of.start[started], 5 * _HOUR + 1800)),
        about_subscriptions(
            "subscription_renewed", made.subscription[renewed], renewed, moments(made.created[renewed], 7 * _HOUR)
        ),
        about_subscriptions(
            "subscription_cancellation_scheduled", noticed, noticed, moments(of.cancelled[noticed], 10 * _HOUR)
        ),
        about_subscriptions("subscription_cancelled", ended, ended, moments(of.ended[ended], 5 * _HOUR)),
        about_invoices("pending_invoice_created", waited, invoice_created(made)[waited], drafts),
        about_invoices("invoice_generated", closed, final[closed], numbered(closed)),
        about_invoices("invoice_updated", paid, invoice_paid(snapshot)[paid], numbered(paid)),
        about_invoices("invoice_updated", lost, moments(made.settled[lost], 12 * _HOUR), numbered(lost)),
        about_invoices("invoice_updated", voided, moments(made.voided[voided], 15 * _HOUR), numbered(voided)),
        about_invoices(
            "invoice_deleted",
            removed,
            moments(made.removed[removed], 16 * _HOUR),
            text.chargebee_ids("draft_inv_", removed),
        ),
        about_transactions(
            "payment_succeeded",
            _transaction_ids(succeeded, 0),
            sold.charges.invoice[succeeded],
            succeeded,
            charged[succeeded],
        ),
        about_transactions(
            "payment_failed", _transaction_ids(failed, 0), sold.charges.invoice[failed], failed, charged[failed]
        ),
        (
            "credit_note_created",
            "credit_note",
            credit_note_numbers(sold, note),
            invoice_customers.take(pa.array(notes.invoice[note])),
            note,
            noted[note],
        ),
        about_transactions("payment_refunded", _transaction_ids(note, 1), notes.invoice[note], note, noted[note] + 60),
    )
    tables = []
    for position, (kind, thing, ids, customer, numbers, when) in enumerate(happenings):
        kept = np.flatnonzero((when <= at) & (when > at - _EVENTS_KEPT_DAYS * _DAY))
        chosen = pa.array(kept)
        identity, who = quoted(ids.take(chosen)), quoted(customer.take(chosen))
        objects = {"customer": json_object(id=who, object='"customer"')}
        if thing != "customer":
            objects[thing] = json_object(id=identity, customer_id=who, object=f'"{thing}"')
        tables.append(
            pa.table(
                {
                    "id": text.chargebee_ids("ev_", position * 10**9 + numbers[kept]),
                    "event_type": text.repeated(kind, len(kept)),
                    "occurred_at": whole(when[kept]),
                    "source": text.repeated("scheduled_job", len(kept)),
                    "api_version": text.repeated("v2", len(kept)),
                    "content": json_object(**objects),
                }
            )
        )
    return pa.concat_tables(tables).combine_chunks().sort_by([("occurred_at", "ascending"), ("id", "ascending")])


TABLES = {
    make.__name__: make
    for make in (
        customers,
        items,
        item_prices,
        subscriptions,
        subscription_items,
        invoices,
        invoice_lines,
        pending_invoices,
        credit_notes,
        transactions,
        usages,
        events,
    )
}
