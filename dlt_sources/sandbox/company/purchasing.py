"""Purchases from order to payment: goods receipts, supplier invoices that refer to them, and overhead invoices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlt_sources.sandbox.company import catalogue, days, parties
from dlt_sources.sandbox.company.chart import ACCOUNT
from dlt_sources.sandbox.company.days import FIRST_DAY, HORIZON, NEVER
from dlt_sources.sandbox.company.draws import Draws
from dlt_sources.sandbox.company.errors import CODE, Switches
from dlt_sources.sandbox.company.frame import Frame, expanded, sum_by
from dlt_sources.sandbox.company.group import (
    ENTITIES,
    FINANCE,
    LOCAL_CURRENCY,
    MARKETING,
    MINOR_UNITS,
    SALES,
    TAX_PER_MILLE,
    cost_centre,
)
from dlt_sources.sandbox.company.machines import TERM_DAYS
from dlt_sources.sandbox.company.rates import Rates, scaled

_ORDERS, _OVERHEAD_INVOICES = 2_000, 3_300
# Overheads bought by invoice: account, cost centre function, per mille of revenue, share of the invoices.
_OVERHEADS = (
    ("TRAVEL_FARES", SALES, 9, 0.3),
    ("TRAVEL_HOTELS", SALES, 6, 0.25),
    ("MARKETING", MARKETING, 22, 0.2),
    ("PROFESSIONAL", FINANCE, 12, 0.15),
    ("UTILITIES", 0, 8, 0.1),
)


@dataclass
class Purchasing:
    """Purchasing; amounts in minor units of the supplier's currency.

    `orders` with `items`; each order is received once (`received`) and invoiced once (`invoiced`, NEVER if not yet).
    `overheads` are invoices without an order. `paid` is the day of payment, NEVER while open. What the labelled errors
    change stands beside what is right: `known` chooses.
    """

    orders: Frame
    items: Frame
    overheads: Frame

    def known(self, switches: Switches) -> tuple[Frame, Frame]:
        """Orders and items with these errors on: received and invoiced when, how much and for how much.

        Orders get `invoiced_net` and `invoiced_tax`, items `received_quantity` and `invoiced_price`.
        """
        orders, items = self.orders, self.items
        error = np.where(switches.are_on(orders.error), orders.error, 0)
        is_dearer = error == CODE["purchase_price_differs"]
        is_short = error == CODE["receipt_below_invoice"]
        return (
            orders.extended(
                received=np.where(error == CODE["receipt_never_entered"], NEVER, orders.received),
                invoiced=np.where(error == CODE["receipt_never_invoiced"], NEVER, orders.invoiced),
                invoiced_net=np.where(is_dearer, orders.wrong_net, orders.net),
                invoiced_tax=np.where(is_dearer, orders.wrong_tax, orders.tax),
            ),
            items.extended(
                received_quantity=np.where(is_short[items.order], items.short_quantity, items.quantity),
                invoiced_price=np.where(is_dearer[items.order], items.wrong_price, items.price),
            ),
        )


def invoice_date(invoiced: np.ndarray) -> np.ndarray:
    """The date on an invoice that is booked on a day."""
    return np.where(invoiced < NEVER, days.working_day_until(np.minimum(invoiced, HORIZON) - 2), NEVER)


def simulated(
    draws: Draws, rates: Rates, scale: float, suppliers: Frame, cost_of_sales: np.ndarray, revenue: np.ndarray
) -> Purchasing:
    """Purchases that replace what was sold, and overheads in proportion to revenue (both local, per entity)."""
    return Purchasing(
        *_purchase_orders(draws.stream("purchasing"), rates, scale, suppliers, cost_of_sales),
        _overheads(draws.stream("overheads"), scale, suppliers, revenue),
    )


def _days(random: np.random.Generator, count: int) -> np.ndarray:
    """Working days of the whole history, in order."""
    return np.sort(days.working_day_until(FIRST_DAY + 2 + random.integers(0, HORIZON - FIRST_DAY - 1, count)))


def _supplier(random: np.random.Generator, entity: np.ndarray, suppliers: Frame) -> np.ndarray:
    """One of the entity's suppliers: they take turns."""
    per_entity = (len(suppliers) - parties.FIRST_SUPPLIER) // len(ENTITIES)
    return parties.FIRST_SUPPLIER + entity + len(ENTITIES) * random.integers(0, per_entity, len(entity))


def _purchase_orders(
    random: np.random.Generator, rates: Rates, scale: float, suppliers: Frame, cost_of_sales: np.ndarray
) -> tuple[Frame, Frame]:
    count = max(60, round(_ORDERS * scale))
    day = _days(random, count)
    weight = np.array([0.3, 0.12, 0.12, 0.2, 0.08, 0.12, 0.06])
    # The first orders go round, so that every entity buys something.
    entity = np.where(np.arange(count) < 14, np.arange(count) % 7, random.choice(len(ENTITIES), count, p=weight))
    supplier = _supplier(random, entity, suppliers)
    currency = suppliers.currency[supplier]
    order, number = expanded(random.integers(1, 4, count))
    size = 20 + random.gamma(2.0, 50.0, len(order)).astype(np.int64)
    # Together the orders of an entity replace what it sold.
    total_size = sum_by(entity[order], size, len(ENTITIES))
    local = cost_of_sales[entity[order]] * 104 // 100 * size // np.maximum(total_size, 1)[entity[order]]
    quantity = random.integers(1, 40, len(order))
    net = rates.converted(local, LOCAL_CURRENCY[entity[order]], currency[order], day[order])
    unit = 10 ** MINOR_UNITS[currency[order]]
    price = np.maximum(net // quantity // unit, 1) * unit
    received = days.working_day_from(day + random.integers(4, 40, count))
    invoiced = days.working_day_from(received + random.integers(1, 12, count))
    terms = 1 + random.integers(0, 3, count)
    tax_free = currency != LOCAL_CURRENCY[entity]
    orders = Frame(
        supplier=supplier,
        entity=entity,
        currency=currency,
        day=day,
        terms=terms,
        received=np.where(received <= HORIZON, received, NEVER),
        invoiced=np.where(invoiced <= HORIZON, invoiced, NEVER),
        net=sum_by(order, price * quantity, count),
        tax_per_mille=np.where(tax_free, 0, TAX_PER_MILLE[entity]),
    )
    orders = orders.extended(
        tax=scaled(orders.net, orders.tax_per_mille, 1000),
        due=np.where(orders.invoiced < NEVER, orders.invoiced + TERM_DAYS[terms], NEVER),
        paid=_paid(random, orders.invoiced, TERM_DAYS[terms]),
    )
    items = Frame(
        order=order,
        number=number,
        product=random.choice(catalogue.PART_PRODUCTS, len(order)),
        quantity=quantity,
        price=price,
    )
    return orders, items


def _paid(random: np.random.Generator, invoiced: np.ndarray, terms: np.ndarray) -> np.ndarray:
    """Payment runs pay on the first working day after the due date; a few invoices are blocked for long."""
    blocked = random.random(len(invoiced)) < 0.03
    paid = days.working_day_from(np.minimum(invoiced, HORIZON) + terms + np.where(blocked, 75, 1))
    return np.where((invoiced < NEVER) & (paid <= HORIZON), paid, NEVER)


def _overheads(random: np.random.Generator, scale: float, suppliers: Frame, revenue: np.ndarray) -> Frame:
    count = max(240, round(_OVERHEAD_INVOICES * scale))
    day = _days(random, count)
    entity = random.integers(0, len(ENTITIES), count)
    kind = random.choice(len(_OVERHEADS), count, p=[share for *_, share in _OVERHEADS])
    supplier = _supplier(random, entity, suppliers)
    # Overheads are invoiced in the entity's own currency.
    size = 40 + random.gamma(2.0, 30.0, count).astype(np.int64)
    group = entity * len(_OVERHEADS) + kind
    total_size = sum_by(group, size, len(ENTITIES) * len(_OVERHEADS))
    budget = (revenue[:, None] * np.array([per_mille for _, _, per_mille, _ in _OVERHEADS]) // 1000).reshape(-1)
    net = np.maximum(budget[group] // total_size[group] * size, 100)
    account = np.array([ACCOUNT[name] for name, *_ in _OVERHEADS])[kind]
    function = np.array([place for _, place, *_ in _OVERHEADS])[kind]
    tax = scaled(net, TAX_PER_MILLE[entity], 1000)
    return Frame(
        supplier=supplier,
        entity=entity,
        day=day,
        account=account,
        cost_centre=cost_centre(entity, function),
        net=net,
        tax=tax,
        due=day + 30,
        paid=_paid(random, day, np.full(count, 30)),
    )
