"""What every ERP's view needs of the company: the ledger of its entities, their documents, partners and products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dlt_sources.sandbox.company import catalogue, chart, days, group, parties, text
from dlt_sources.sandbox.company.columns import moments
from dlt_sources.sandbox.company.days import NEVER
from dlt_sources.sandbox.company.draws import scattered
from dlt_sources.sandbox.company.frame import Frame, sum_by
from dlt_sources.sandbox.company.group import ENTITIES
from dlt_sources.sandbox.company.journal import REFERENCE, View
from dlt_sources.sandbox.company.vendors.invoicing import credit_note_numbers, invoice_numbers

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

MASTER_SINCE = days.day("2016-01-04")


# Which rows an ERP has


def ledger_rows(snapshot: Snapshot, system: str) -> np.ndarray:
    """The visible journal lines that are posted in the books the ERP keeps, in the order of their keys."""
    rows, journal = snapshot.journal.rows, snapshot.journal.journal
    of = journal.lines.document[rows]
    return rows[snapshot.books.keeps_on(system, journal.documents.entity[of], journal.documents.posting[of])]


def subledger_rows(snapshot: Snapshot, system: str) -> np.ndarray:
    """Those of them that customers owe or suppliers are owed."""
    rows, lines = ledger_rows(snapshot, system), snapshot.journal.journal.lines
    return rows[(lines.is_receivable | lines.is_payable)[rows]]


def is_kept(snapshot: Snapshot, system: str, entity: np.ndarray) -> np.ndarray:
    """Whether the ERP keeps the books of each row's entity, or did: records of partners and items outlive a move."""
    return snapshot.books.keeps(system)[entity]


def is_kept_on(snapshot: Snapshot, system: str, entity: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Whether the ERP keeps the books of each row's entity on the row's day: where its documents are."""
    return snapshot.books.keeps_on(system, entity, day)


def last_day(snapshot: Snapshot, system: str, entity: np.ndarray) -> np.ndarray:
    """The last day whose events the ERP knows of each row's entity: today, or that on which its books moved."""
    last = np.full(len(ENTITIES), snapshot.day)
    for moved in snapshot.books.cut_overs:
        if moved.first == system:
            last[moved.entity] = min(moved.until, snapshot.day)
    return last[entity]


def clearing(snapshot: Snapshot, system: str, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The clearing of each line as `View.clearing` has it, without what was cleared in another ERP."""
    view = snapshot.journal
    by, entered = view.clearing(rows)
    if not snapshot.books.cut_overs:
        return by, entered
    documents = view.journal.documents
    known = is_kept_on(snapshot, system, documents.entity[by], documents.posting[by])
    return np.where(known, by, -1), np.where(known, entered, NEVER)


def reversals(snapshot: Snapshot, system: str, lines: Frame) -> Frame:
    """The lines as the ERP shows them: it does not know what another one reversed."""
    if not snapshot.books.cut_overs:
        return lines
    documents = snapshot.journal.journal.documents
    known = is_kept_on(snapshot, system, documents.entity[lines.reversed_by], documents.posting[lines.reversed_by])
    return lines.extended(
        is_reversed=lines.is_reversed & known, reversal_entry=np.where(known, lines.reversal_entry, NEVER)
    )


def orders_here(snapshot: Snapshot, system: str, entity: np.ndarray) -> np.ndarray:
    """Whether each row's entity keeps its books in the ERP and buys through no other system."""
    return (snapshot.books.keeps(system) & ~snapshot.procurement.buys_elsewhere())[entity]


def known_customers(snapshot: Snapshot, system: str) -> Frame:
    """Records of customers of the ERP's entities, of the heads of their groups, and of the group's own companies."""
    frame = snapshot.world.customers
    kept = is_kept(snapshot, system, customer_entities(snapshot)) | (np.arange(len(frame)) < len(ENTITIES))
    # A customer's record names its parent, so the parent has one too; groups are one level deep.
    kept[frame.parent[kept & (frame.parent >= 0)]] = True
    records = parties.known_on(frame, snapshot.world.duplicates, snapshot.day)
    return records.take(kept[records.customer])


def customer_entities(snapshot: Snapshot) -> np.ndarray:
    """The entity that deals with each customer; the collective customer stands for Singapore's."""
    entity = snapshot.world.customers.entity.copy()
    entity[parties.COLLECTIVE] = group.SINGAPORE
    return entity


def known_suppliers(snapshot: Snapshot, system: str) -> np.ndarray:
    """Suppliers of the ERP's entities, and the group's own companies."""
    frame = snapshot.world.suppliers
    kept = is_kept(snapshot, system, frame.entity) | (np.arange(len(frame)) < len(ENTITIES))
    return np.flatnonzero(kept & (frame.created <= snapshot.day))


def known_products(snapshot: Snapshot, system: str) -> list[tuple[catalogue.Product, int]]:
    """Products with the day they were created; the unmapped ones once an error has sold them in the ERP."""
    machines = snapshot.world.machines
    items = machines.items
    ordered = machines.orders.day[items.order]
    is_sold_here = is_kept(snapshot, system, machines.orders.entity[items.order])
    known = [(product, MASTER_SINCE) for product in catalogue.PRODUCTS]
    if "missing_product_mapping" in snapshot.switches:
        for product in catalogue.UNMAPPED_PRODUCTS:
            sold = ordered[is_sold_here & (items.unmapped_product == catalogue.PRODUCT[product.code])]
            if len(sold) and sold.min() <= snapshot.day:
                known.append((product, int(sold.min())))
    return known


def known_accounts(snapshot: Snapshot, system: str) -> list[tuple[str, int, str]]:
    """Chart, position and number of the accounts in use; the unmapped one only where an error has opened it."""
    opened = unmapped_accounts(snapshot, system)
    return [
        (code, position, number)
        for code in snapshot.books.charts(system)
        for position, number in enumerate(chart.ACCOUNT_NUMBERS[code])
        if position != chart.UNMAPPED_ACCOUNT or code in opened
    ]


def unmapped_accounts(snapshot: Snapshot, system: str) -> dict[str, int]:
    """Charts with the unmapped account, and the day it was first used."""
    overheads = snapshot.world.purchasing.overheads
    wrong = snapshot.switches.are_on(overheads.error) & (overheads.instead == chart.UNMAPPED_ACCOUNT)
    wrong &= is_kept(snapshot, system, overheads.entity)
    rows = np.flatnonzero(wrong & (overheads.day <= snapshot.day))
    charts = np.array(chart.CHART_OF_ENTITY)[overheads.entity[rows]]
    return {chart.CHARTS[code]: int(overheads.day[rows[charts == code]].min()) for code in np.unique(charts)}


def sold_product(snapshot: Snapshot, items: Frame) -> np.ndarray:
    """The product of each item, the wrong one where the error is on."""
    wrong = (items.unmapped_product >= 0) & ("missing_product_mapping" in snapshot.switches)
    return np.where(wrong, items.unmapped_product, items.product)


def deliveries_done(snapshot: Snapshot, last: np.ndarray | None = None) -> np.ndarray:
    """Whether each item is delivered as of the day, or as of the `last` day that is known of each order."""
    machines = snapshot.world.machines
    when = np.append(machines.deliveries.day, NEVER)
    return when[machines.items.delivery] <= (snapshot.day if last is None else last[machines.items.order])


def order_changes(snapshot: Snapshot, rows: np.ndarray) -> np.ndarray:
    """When purchase orders changed last, in seconds since 1970: ordered, received, or invoiced."""
    orders, _ = snapshot.purchases
    chosen, today = orders.take(rows), snapshot.day
    changed = np.maximum(
        chosen.day,
        np.maximum(
            np.where(chosen.received <= today, chosen.received, 0),
            np.where(chosen.invoiced <= today, chosen.invoiced, 0),
        ),
    )
    return moments(changed, 8 * 3600 + scattered(rows, 63) % 30_000)


# What documents are called


def chart_numbers(account: np.ndarray, entity: np.ndarray) -> pa.Array:
    """Account numbers of the entity's chart, ten digits."""
    numbers = [number for code in chart.CHARTS for number in chart.ACCOUNT_NUMBERS[code]]
    return text.chosen(numbers, np.array(chart.CHART_OF_ENTITY)[entity] * len(chart.ACCOUNT) + account)


def customer_record_numbers(records: Frame) -> pa.Array:
    """Customer numbers; a second record of the same customer has one of its own."""
    return text.where(
        records.is_duplicate, parties.duplicate_numbers(records.customer), parties.customer_numbers(records.customer)
    )


def billing_document_numbers(rows: np.ndarray) -> pa.Array:
    """Numbers of billing documents."""
    return text.padded(90_000_000 + np.asarray(rows), 10)


def delivery_numbers(rows: np.ndarray) -> pa.Array:
    """Numbers of outbound deliveries."""
    return text.padded(80_000_000 + np.asarray(rows), 10)


def sales_order_numbers(rows: np.ndarray) -> pa.Array:
    """Numbers of sales orders."""
    return text.padded(1 + np.asarray(rows), 10)


def purchase_order_numbers(rows: np.ndarray) -> pa.Array:
    """Numbers of purchase orders."""
    return text.padded(4_500_000_000 + np.asarray(rows), 10)


def opportunity_numbers(rows: np.ndarray) -> pa.Array:
    """The CRM's numbers of opportunities: OPP-000123."""
    return text.joined("OPP-", text.padded(np.asarray(rows) + 1, 6))


def supplier_references(rows: np.ndarray) -> pa.Array:
    """What the supplier calls its invoice."""
    series = text.padded(scattered(rows, 41) % 10_000, 4)
    return text.joined("INV-", series, "-", text.plain(np.asarray(rows) % 10_000_000))


def posting_batches(batch_days: np.ndarray) -> pa.Array:
    """Names of Singapore's daily posting batches: SB3020-20260115."""
    months = days.month_of(batch_days)
    of_month = batch_days - days.first_of_month(months) + 1
    return text.joined("SB3020-", text.padded((1970 + months // 12) * 10_000 + (months % 12 + 1) * 100 + of_month, 8))


def affiliate_charge_numbers(rows: np.ndarray) -> pa.Array:
    """What both sides call a charge between affiliates: IC-000123."""
    return text.joined("IC-", text.padded(rows, 6))


def references(snapshot: Snapshot, kind: np.ndarray, number: np.ndarray) -> pa.Array:
    """The text of references from their kind and number."""
    writers = {
        "billing_document": billing_document_numbers,
        "delivery": delivery_numbers,
        "stripe_invoice": lambda rows: invoice_numbers(snapshot.world.subscriptions.invoices, rows),
        "posting_batch": posting_batches,
        "credit_note": lambda rows: credit_note_numbers(snapshot.world.subscriptions, rows),
        "charge": lambda rows: text.joined("CH-", text.padded(rows, 9)),
        "payout": lambda rows: text.joined("PO-", text.padded(rows, 6)),
        "affiliate_charge": affiliate_charge_numbers,
        "purchase_order": purchase_order_numbers,
        "supplier_invoice": supplier_references,
        "payment": lambda rows: text.joined("PAY", text.padded(rows, 9)),
        "month": lambda rows: text.padded((1970 + rows // 12) * 100 + rows % 12 + 1, 6),
    }
    values = text.repeated("", len(kind))
    for name, write in writers.items():
        rows = np.flatnonzero(kind == REFERENCE[name])
        if len(rows):
            places = np.full(len(kind), -1)
            places[rows] = np.arange(len(rows))
            written = write(number[rows]).take(pa.array(np.maximum(places, 0)))
            values = text.where(places >= 0, written, values)
    return values


# What documents say


def applications(view: View, rows: np.ndarray, lines: Frame) -> Frame:
    """What pays what: an open item's line, the document that pays it, and how much of it, in minor units.

    An invoice is linked to its payments, also while they cover it in part only; every other item to what clears it.
    """
    journal = view.journal
    clearing, entered = view.clearing(rows)
    by = np.flatnonzero((clearing >= 0) & (clearing != lines.document))
    position = np.full(len(journal.lines), -1)
    position[rows] = np.arange(len(rows))
    invoice = np.where(lines.invoice_line >= 0, position[lines.invoice_line], -1)
    # A payment of an invoice that was never posted, or that stays open when the invoice does not, pays nothing yet.
    pays = np.flatnonzero((invoice >= 0) & ((clearing >= 0) == (clearing[invoice] >= 0)))
    paid_by_reference = np.zeros(len(rows), dtype=bool)
    paid_by_reference[invoice[pays]] = True
    # The payments of an invoice are linked to it one by one; a payment in part is not "paid" by the last one.
    is_payment = np.zeros(len(rows), dtype=bool)
    is_payment[pays] = True
    by = by[~paid_by_reference[by] & ~is_payment[by]]
    previous = np.concatenate([invoice[pays], by])
    following = np.concatenate([lines.document[pays], clearing[by]])
    return Frame(
        previous_document=lines.document[previous],
        previous_line=lines.line[previous].astype(np.int64),
        next_document=following,
        amount=np.abs(np.concatenate([lines.amount[pays], lines.amount[by]])),
        currency=lines.currency[previous],
        position=previous,
        entered=np.concatenate([np.maximum(lines.entry[pays], lines.entry[invoice[pays]]), entered[by]]).astype(
            np.int64
        ),
    )


@dataclass(frozen=True)
class Settled:
    """What is left of each line: open items have something left, were it only a cent of rounding.

    `links` says what pays what, as `applications`; `payer` is the place of each link's paying document among the
    documents, and `item` the first item of each document, which stands for it (-1 where it has none). An item that pays
    is used up at once, though what it pays may live on.
    """

    links: Frame
    payer: np.ndarray
    item: np.ndarray
    is_open: np.ndarray
    remaining: np.ndarray


def settled(view: View, rows: np.ndarray, lines: Frame, first: np.ndarray, of: np.ndarray) -> Settled:
    """The state of the items among these lines; `first` are the documents' first lines, `of` each line's document."""
    links = applications(view, rows, lines)
    clearing, _ = view.clearing(rows)
    is_item = lines.is_receivable | lines.is_payable
    payer = np.searchsorted(lines.document[first], links.next_document)
    is_payer = np.zeros(len(first), dtype=bool)
    is_payer[payer] = True
    is_open = is_item & (clearing < 0) & ~is_payer[of]
    applied = sum_by(links.position, links.amount, len(lines))
    remaining = np.where(is_open, np.maximum(np.abs(lines.amount) - applied, 1), 0) * np.sign(lines.amount)
    item = np.full(len(first), -1)
    items = np.flatnonzero(is_item)[::-1]
    item[of[items]] = items
    return Settled(links, payer, item, is_open, remaining)


def billed_quantities(snapshot: Snapshot, lines: Frame) -> tuple[np.ndarray, np.ndarray]:
    """The quantity of the billing item behind each line of a billing document, and whether there is one."""
    machines = snapshot.world.machines
    is_billed = (lines.reference_kind == REFERENCE["billing_document"]) & (lines.product >= 0)
    rows = np.flatnonzero(is_billed)
    billing = lines.reference[rows]
    order = np.argsort(machines.billing_items.billing, kind="stable")
    start = np.searchsorted(machines.billing_items.billing[order], billing)
    begins = np.flatnonzero(np.r_[True, billing[1:] != billing[:-1]]) if len(rows) else np.zeros(0, dtype=np.int64)
    rank = np.arange(len(rows)) - np.repeat(begins, np.diff(np.r_[begins, len(rows)]))
    quantity = np.zeros(len(lines), dtype=np.int64)
    quantity[rows] = machines.items.quantity[machines.billing_items.item[order[start + rank]]]
    return quantity, is_billed
