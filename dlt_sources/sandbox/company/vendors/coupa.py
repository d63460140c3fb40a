"""Coupa: suppliers, purchase orders, receipts and invoices of the entities that buy through it.

Nested objects are JSON text. Of some orders the first receipt was entered twice, of others the invoice: what was
entered by mistake is voided, and stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dlt_sources.sandbox.company import catalogue, chart, days, parties, text
from dlt_sources.sandbox.company.chart import ACCOUNT
from dlt_sources.sandbox.company.columns import currencies, dates, decimals, moments, money, times, truths, whole
from dlt_sources.sandbox.company.days import NEVER
from dlt_sources.sandbox.company.draws import scattered
from dlt_sources.sandbox.company.errors import CODE
from dlt_sources.sandbox.company.frame import Frame
from dlt_sources.sandbox.company.group import (
    COST_CENTRES,
    ENTITIES,
    ENTITY_CODES,
    LOCAL_CURRENCY,
)
from dlt_sources.sandbox.company.machines import PAYMENT_TERMS
from dlt_sources.sandbox.company.parties import COUNTRIES
from dlt_sources.sandbox.company.procurement import BUYERS
from dlt_sources.sandbox.company.purchasing import invoice_date
from dlt_sources.sandbox.company.vendors import erp

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

SYSTEM = "coupa"
_FIRST_SUPPLIER, _FIRST_ORDER, _FIRST_ORDER_LINE, _FIRST_RECEIPT = 501, 1_001, 20_001, 50_001
_FIRST_INVOICE, _FIRST_OVERHEAD_INVOICE = 300_001, 900_001
_FIRST_INVOICE_LINE, _FIRST_OVERHEAD_LINE = 4_000_001, 8_000_001
# Of so many orders one has a voided receipt, and another a voided invoice.
_VOID_EVERY, _VOID_RECEIPT, _VOID_INVOICE = 9, 5, 4


def supplier_ids(rows: np.ndarray) -> np.ndarray:
    """Coupa's ids of suppliers by position."""
    return _FIRST_SUPPLIER + np.asarray(rows)


def _object(**members: pa.Array | str) -> pa.Array:
    """JSON objects from members that are JSON already; a hyphen is written as an underscore."""
    parts: list[pa.Array | str] = []
    for name, values in members.items():
        parts += [f'{"," if parts else "{"}"{name.replace("_", "-")}":', values]
    return text.joined(*parts, "}")


def _quoted(values: pa.Array) -> pa.Array:
    return text.joined('"', values, '"')


def _currency(positions: np.ndarray) -> pa.Array:
    return _object(id=text.plain(1 + np.asarray(positions)), code=_quoted(currencies(positions)))


def _supplier(snapshot: Snapshot, rows: np.ndarray) -> pa.Array:
    return _object(
        id=text.plain(supplier_ids(rows)),
        number=_quoted(parties.supplier_numbers(rows)),
        name=_quoted(parties.supplier_names(snapshot.world.suppliers, rows)),
    )


def _chart(entity: np.ndarray) -> pa.Array:
    """The chart of accounts that stands for an entity."""
    return _object(
        id=text.chosen(list(BUYERS[SYSTEM].entity_ids), entity),
        name=_quoted(text.chosen([f"{each.code} {each.name}" for each in ENTITIES], entity)),
    )


def _account(entity: np.ndarray, account: np.ndarray, cost_centre: np.ndarray) -> pa.Array:
    """An account: its code is company, ledger account and, for costs, cost centre."""
    company, number = text.chosen(ENTITY_CODES, entity), erp.chart_numbers(account, entity)
    centre = text.chosen([each.number for each in COST_CENTRES] + [""], cost_centre)
    code = text.joined(company, "-", number, text.where(cost_centre >= 0, text.joined("-", centre), ""))
    position = (entity * len(ACCOUNT) + account) * (len(COST_CENTRES) + 1) + cost_centre + 1
    return _object(
        id=text.plain(10_000 + position),
        code=_quoted(code),
        segment_1=_quoted(company),
        segment_2=_quoted(number),
        segment_3=text.where(cost_centre >= 0, _quoted(centre), "null"),
    )


def _terms(positions: np.ndarray) -> pa.Array:
    return _object(
        id=text.plain(1 + np.asarray(positions)),
        code=_quoted(text.chosen([code for code, _ in PAYMENT_TERMS], positions)),
    )


def _unit(count: int) -> pa.Array:
    return text.repeated('{"id":1,"code":"EA"}', count)


def _orders(snapshot: Snapshot, until: np.ndarray) -> tuple[Frame, np.ndarray]:
    """Purchase orders, and which of those placed here have come to `until` by the day."""
    orders, _ = snapshot.purchases
    return orders, np.flatnonzero((until <= snapshot.day) & snapshot.procurement.buys(SYSTEM)[orders.entity])


def _item_rows(snapshot: Snapshot, rows: np.ndarray) -> np.ndarray:
    """The positions of the items of these orders."""
    return np.flatnonzero(np.isin(snapshot.purchases[1].order, rows))


def suppliers(snapshot: Snapshot) -> pa.Table:
    """Suppliers of the entities that buy here."""
    frame = snapshot.world.suppliers
    here = snapshot.procurement.buys(SYSTEM)[frame.entity] & (np.arange(len(frame)) >= parties.FIRST_SUPPLIER)
    rows = np.flatnonzero(here & (frame.created <= snapshot.day))
    created = moments(frame.created[rows], 7 * 3600 + scattered(rows, 71) % 30_000)
    country = _object(code=_quoted(text.chosen([each.code for each in COUNTRIES], frame.country[rows])))
    return pa.table(
        {
            "id": whole(supplier_ids(rows)),
            "name": parties.supplier_names(frame, rows),
            "display-name": parties.supplier_names(frame, rows),
            "number": parties.supplier_numbers(rows),
            "tax-id": parties.supplier_tax_ids(frame, rows),
            "status": text.repeated("active", len(rows)),
            "primary-address": _object(id=text.plain(rows), country=country),
            "created-at": times(created),
            "updated-at": times(created),
        }
    )


def purchase_orders(snapshot: Snapshot) -> pa.Table:
    """Purchase orders; one that is invoiced is closed."""
    orders, rows = _orders(snapshot, snapshot.purchases[0].day)
    chosen = orders.take(rows)
    return pa.table(
        {
            "id": whole(_FIRST_ORDER + rows),
            "po-number": erp.purchase_order_numbers(rows),
            "version": whole(np.ones(len(rows))),
            "status": text.where(chosen.invoiced <= snapshot.day, "closed", "issued"),
            "supplier": _supplier(snapshot, chosen.supplier),
            "currency": _currency(chosen.currency),
            "payment-term": _terms(chosen.terms),
            "created-at": times(moments(chosen.day, 8 * 3600)),
            "updated-at": times(erp.order_changes(snapshot, rows)),
        }
    )


def purchase_order_lines(snapshot: Snapshot) -> pa.Table:
    """Lines of the purchase orders."""
    orders, rows = _orders(snapshot, snapshot.purchases[0].day)
    lines = _item_rows(snapshot, rows)
    items = snapshot.purchases[1].take(lines)
    of, count, today = orders.take(items.order), len(lines), snapshot.day
    is_received = (of.received <= today) & (items.received_quantity == items.quantity)
    status = np.where(of.invoiced <= today, 2, np.where(is_received, 1, 0))
    inventory, nowhere = np.full(count, ACCOUNT["INVENTORY"]), np.full(count, -1)
    return pa.table(
        {
            "id": whole(_FIRST_ORDER_LINE + lines),
            "order-header-id": whole(_FIRST_ORDER + items.order),
            "order-header-number": erp.purchase_order_numbers(items.order),
            "line-num": text.plain(items.number + 1),
            "type": text.repeated("OrderQuantityLine", count),
            "description": text.chosen([product.name for product in catalogue.ALL_PRODUCTS], items.product),
            "item": _object(
                id=text.plain(items.product + 1),
                item_number=_quoted(text.chosen([each.material for each in catalogue.ALL_PRODUCTS], items.product)),
            ),
            "quantity": decimals(items.quantity * 10, 1),
            "price": money(items.price, of.currency),
            "total": money(items.price * items.quantity, of.currency),
            "uom": _unit(count),
            "currency": _currency(of.currency),
            "account-type": _chart(of.entity),
            "account": _account(of.entity, inventory, nowhere),
            "status": text.chosen(["created", "received", "closed"], status),
            "created-at": times(moments(of.day, 8 * 3600)),
            "updated-at": times(erp.order_changes(snapshot, items.order)),
        }
    )


def receipts(snapshot: Snapshot) -> pa.Table:
    """Receiving transactions; some were entered twice and voided."""
    orders, rows = _orders(snapshot, snapshot.purchases[0].received)
    lines = _item_rows(snapshot, rows)
    all_items = snapshot.purchases[1]
    twice = (all_items.number[lines] == 0) & (all_items.order[lines] % _VOID_EVERY == _VOID_RECEIPT)
    is_void = np.repeat([False, True], [len(lines), int(twice.sum())])
    lines = np.concatenate([lines, lines[twice]])
    items = all_items.take(lines)
    of, count = orders.take(items.order), len(lines)
    created = moments(of.received, 10 * 3600 + scattered(lines, 72) % 20_000 + np.where(is_void, 600, 0))
    return pa.table(
        {
            "id": whole(_FIRST_RECEIPT + 2 * lines + is_void),
            "type": text.repeated("ReceivingQuantityConsumption", count),
            "status": text.where(is_void, "voided", "created"),
            "quantity": decimals(items.received_quantity * 10, 1),
            "price": money(items.price, of.currency),
            "total": money(items.price * items.received_quantity, of.currency),
            "currency": _currency(of.currency),
            "uom": _unit(count),
            "order-line": _object(
                id=text.plain(_FIRST_ORDER_LINE + lines),
                line_num=_quoted(text.plain(items.number + 1)),
                order_header_id=text.plain(_FIRST_ORDER + items.order),
            ),
            "transaction-date": dates(of.received),
            "created-at": times(created),
            "updated-at": times(created),
        }
    ).sort_by("id")


def _invoices(snapshot: Snapshot) -> Frame:
    """Invoices seen by the day: those of orders, the voided ones among them, and those without an order."""
    today = snapshot.day
    orders, rows = _orders(snapshot, invoice_date(snapshot.purchases[0].invoiced))
    twice = rows[rows % _VOID_EVERY == _VOID_INVOICE]
    is_void = np.repeat([False, True], [len(rows), len(twice)])
    rows = np.concatenate([rows, twice])
    chosen = orders.take(rows)
    overheads = snapshot.world.purchasing.overheads
    received_on = days.working_day_until(overheads.day - 1)
    others = np.flatnonzero((received_on <= today) & snapshot.procurement.buys(SYSTEM)[overheads.entity])
    other = overheads.take(others)
    frame = Frame.stacked(
        [
            Frame(
                row=rows,
                id=_FIRST_INVOICE + 2 * rows + is_void,
                is_void=is_void,
                is_ordered=np.ones(len(rows), dtype=bool),
                number=rows,
                entity=chosen.entity,
                supplier=chosen.supplier,
                currency=chosen.currency,
                received=invoice_date(chosen.invoiced),
                approved=chosen.invoiced,
                due=chosen.due,
                terms=chosen.terms,
                net=chosen.invoiced_net,
                tax=chosen.invoiced_tax,
                paid=np.where(is_void, NEVER, chosen.paid),
            ),
            Frame(
                row=others,
                id=_FIRST_OVERHEAD_INVOICE + others,
                is_void=np.zeros(len(others), dtype=bool),
                is_ordered=np.zeros(len(others), dtype=bool),
                number=10_000_000 + others,
                entity=other.entity,
                supplier=other.supplier,
                currency=LOCAL_CURRENCY[other.entity],
                received=received_on[others],
                approved=other.day,
                due=other.due,
                terms=np.ones(len(others), dtype=np.int64),
                net=other.net,
                tax=other.tax,
                paid=other.paid,
            ),
        ]
    )
    return frame.take(np.argsort(frame.id, kind="stable"))


def invoices(snapshot: Snapshot) -> pa.Table:
    """Invoices from the day of their date on: pending, then approved, then paid by the ledger; or voided at once."""
    shown, today = _invoices(snapshot), snapshot.day
    is_approved, is_paid = shown.approved <= today, shown.paid <= today
    status = np.where(shown.is_void, 2, np.where(is_approved, 1, 0))
    created = moments(shown.received, 9 * 3600 + scattered(shown.id, 73) % 10_000)
    changed = np.where(is_approved & ~shown.is_void, moments(shown.approved, 16 * 3600), created + shown.is_void * 900)
    changed = np.where(is_paid, moments(np.minimum(shown.paid, today), 18 * 3600), changed)
    gross = money(shown.net + shown.tax, shown.currency)
    return pa.table(
        {
            "id": whole(shown.id),
            "invoice-number": erp.supplier_references(shown.number),
            "document-type": text.repeated("Invoice", len(shown)),
            "original-invoice-number": text.repeated(None, len(shown)),
            "status": text.chosen(["pending_approval", "approved", "voided"], status),
            "invoice-date": dates(shown.received),
            "net-due-date": dates(shown.due),
            "supplier": _supplier(snapshot, shown.supplier),
            "currency": _currency(shown.currency),
            "account-type": _chart(shown.entity),
            "payment-term": _terms(shown.terms),
            "tax-amount": money(shown.tax, shown.currency),
            "gross-total": gross,
            "total-with-taxes": gross,
            "paid": truths(is_paid),
            "payment-date": dates(np.where(is_paid, shown.paid, NEVER)),
            "created-at": times(created),
            "updated-at": times(changed),
        }
    )


def invoice_lines(snapshot: Snapshot) -> pa.Table:
    """Lines of the invoices: of an order line, or on an account."""
    shown, orders = _invoices(snapshot), snapshot.purchases[0]
    ordered, other = shown.take(shown.is_ordered), shown.take(~shown.is_ordered)
    place, lines = _lines_of(snapshot, ordered.row)
    items, invoice = snapshot.purchases[1].take(lines), ordered.take(place)
    of, count = orders.take(items.order), len(lines)
    inventory, nowhere = np.full(count, ACCOUNT["INVENTORY"]), np.full(count, -1)
    overheads = snapshot.world.purchasing.overheads.take(other.row)
    wrong = np.where(snapshot.switches.are_on(overheads.error), overheads.error, 0)
    account = np.where(wrong == CODE["missing_account_mapping"], overheads.instead, overheads.account)
    centre = np.where(wrong == CODE["closed_cost_centre"], overheads.instead, overheads.cost_centre)
    names = [product.name for product in catalogue.ALL_PRODUCTS]
    none = text.repeated(None, len(other))
    empty = text.repeated("[]", count + len(other))
    ones = decimals(np.full(len(other), 10), 1)
    stacked = {
        "invoice-id": (invoice.id, other.id),
        "id": (_FIRST_INVOICE_LINE + 2 * lines + invoice.is_void, _FIRST_OVERHEAD_LINE + other.row),
        "line-num": (items.number + 1, np.ones(len(other))),
    }
    joined = {
        "type": (text.repeated("InvoiceQuantityLine", count), text.repeated("InvoiceQuantityLine", len(other))),
        "description": (text.chosen(names, items.product), text.chosen(chart.ACCOUNT_NAMES, account)),
        "quantity": (decimals(items.quantity * 10, 1), ones),
        "price": (money(items.invoiced_price, of.currency), money(other.net, other.currency)),
        "total": (money(items.invoiced_price * items.quantity, of.currency), money(other.net, other.currency)),
        "uom": (_unit(count), _unit(len(other))),
        "order-line-id": (text.plain(_FIRST_ORDER_LINE + lines), none),
        "order-line-num": (text.plain(items.number + 1), none),
        "order-header-num": (erp.purchase_order_numbers(items.order), none),
        "account": (_account(of.entity, inventory, nowhere), _account(other.entity, account, centre)),
    }
    table = pa.table(
        {
            **{name: whole(np.concatenate(parts)) for name, parts in stacked.items()},
            **{name: pa.concat_arrays([_text(part) for part in parts]) for name, parts in joined.items()},
            "account-allocations": empty,
        }
    )
    return table.sort_by([("invoice-id", "ascending"), ("id", "ascending")])


def _text(part: pa.Array) -> pa.Array:
    return part.combine_chunks() if isinstance(part, pa.ChunkedArray) else part


def _lines_of(snapshot: Snapshot, orders: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For orders that may come twice: the place of the order and the position of the item, for each of their items."""
    of = snapshot.purchases[1].order
    begin, end = np.searchsorted(of, orders), np.searchsorted(of, orders, side="right")
    place = np.repeat(np.arange(len(orders)), end - begin)
    within = np.arange(len(place)) - np.repeat(np.cumsum(end - begin) - (end - begin), end - begin)
    return place, begin[place] + within


TABLES = {
    make.__name__: make
    for make in (suppliers, purchase_orders, purchase_order_lines, receipts, invoices, invoice_lines)
}
