"""Machines from order to cash: sales orders, deliveries, billing documents, cancellations, payments in parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlt_sources.sandbox.company import catalogue, days, parties, pipeline
from dlt_sources.sandbox.company.days import HORIZON, NEVER
from dlt_sources.sandbox.company.draws import Draws
from dlt_sources.sandbox.company.errors import EARLIEST_ERROR, LATEST_ERROR, handful, picked
from dlt_sources.sandbox.company.frame import Frame, sum_by
from dlt_sources.sandbox.company.group import CURRENCY, GROUP_CURRENCY, LOCAL_CURRENCY, TAX_PER_MILLE
from dlt_sources.sandbox.company.pipeline import Pipeline
from dlt_sources.sandbox.company.rates import Rates, scaled

# Payment terms: code and days.
PAYMENT_TERMS = (("0001", 0), ("NT30", 30), ("NT45", 45), ("NT60", 60))
TERM_DAYS = np.array([number for _, number in PAYMENT_TERMS])
INVOICE, CANCELLATION = 0, 1


@dataclass
class Machines:
    """Machine business; amounts in minor units of the order's currency, `cost` in the entity's.

    `orders`, their `items` (each delivered in one of two deliveries), `deliveries`, `billings` (invoices and
    cancellations of invoices) with `billing_items`. Payment: `paid_first` and `paid` are days, NEVER if not.
    """

    orders: Frame
    items: Frame
    deliveries: Frame
    billings: Frame
    billing_items: Frame


def simulated(draws: Draws, scale: float, rates: Rates, sold: Pipeline, customers: Frame) -> Machines:
    """The orders of all won machine opportunities and everything that follows from them."""
    random = draws.stream("machines")
    won = np.flatnonzero(
        sold.opportunities.is_won
        & (sold.opportunities.kind == pipeline.MACHINE)
        & (sold.opportunities.closed < HORIZON - 2)
    )
    won = won[np.argsort(sold.opportunities.closed[won], kind="stable")]
    chosen = sold.opportunities.take(won)
    count = len(won)
    ordered = days.working_day_from(chosen.closed + random.integers(0, 3, count))
    is_rejected = random.random(count) < 0.015
    # A small company has some, too, early enough for an error of theirs to be seen.
    early = (ordered >= EARLIEST_ERROR) & (ordered <= LATEST_ERROR)
    lacking = max(0, handful(scale) - int((is_rejected & early).sum()))
    is_rejected[picked(np.flatnonzero(early & ~is_rejected), lacking, draws.stream("rejected orders"))] = True
    orders = Frame(
        opportunity=won,
        customer=chosen.customer,
        entity=chosen.entity,
        currency=chosen.currency,
        day=ordered,
        requested=days.working_day_from(ordered + random.integers(25, 100, count)),
        rejected=np.where(is_rejected, days.working_day_from(ordered + 6), NEVER),
        terms=1 + random.integers(0, 3, count),
    )
    items = _items(orders, sold)
    has_two = np.bincount(items.order, minlength=count) > 1
    is_split = has_two & (random.random(count) < 0.3)
    items = items.extended(part=np.where(is_split[items.order] & (items.number > 0), 1, 0))
    deliveries = _deliveries(random, orders, is_split, is_rejected)
    by_order = np.full((count, 2), -1)
    by_order[deliveries.order, deliveries.part] = np.arange(len(deliveries))
    of_item = by_order[items.order, items.part]
    items = items.extended(delivery=of_item, cost=_costs(rates, orders, items))
    billings, billing_items = _billings(random, draws, orders, items, deliveries, customers)
    return Machines(orders, items, deliveries, billings, billing_items)


def _items(orders: Frame, sold: Pipeline) -> Frame:
    """The order's items: the lines of its opportunity."""
    order_of = np.full(len(sold.opportunities), -1)
    order_of[orders.opportunity] = np.arange(len(orders))
    lines = sold.lines.take(order_of[sold.lines.opportunity] >= 0)
    lines = lines.extended(order=order_of[lines.opportunity])
    lines = lines.take(np.lexsort((lines.number, lines.order)))
    return Frame(
        order=lines.order, number=lines.number, product=lines.product, quantity=lines.quantity, net=lines.total
    )


def _costs(rates: Rates, orders: Frame, items: Frame) -> np.ndarray:
    """Standard cost in local minor units: a share of the euro list price at the rate of the order date."""
    of = orders.take(items.order)
    euro = catalogue.PRICES[items.product] * catalogue.COST_PER_MILLE[items.product] * items.quantity // 10
    return rates.converted(euro, np.full(len(items), CURRENCY[GROUP_CURRENCY]), LOCAL_CURRENCY[of.entity], of.day)


def _deliveries(random: np.random.Generator, orders: Frame, is_split: np.ndarray, is_rejected: np.ndarray) -> Frame:
    """One or two goods issues per order, around the requested date; none for a rejected order."""
    late = random.integers(-6, 20, len(orders))
    first = days.working_day_from(np.maximum(orders.requested + late, orders.day + 3))
    second = days.working_day_from(first + random.integers(5, 40, len(orders)))
    ones, twos = np.flatnonzero(~is_rejected), np.flatnonzero(~is_rejected & is_split)
    deliveries = Frame(
        order=np.concatenate([ones, twos]),
        part=np.repeat([0, 1], [len(ones), len(twos)]),
        day=np.concatenate([first[ones], second[twos]]),
    )
    deliveries = deliveries.take(deliveries.day <= HORIZON - 3)
    return deliveries.take(np.lexsort((deliveries.order, deliveries.day)))


def _billings(
    random: np.random.Generator, draws: Draws, orders: Frame, items: Frame, deliveries: Frame, customers: Frame
) -> tuple[Frame, Frame]:
    """One invoice per delivery on the next working day; a few are issued wrongly, cancelled and issued again."""
    count = len(deliveries)
    day = days.working_day_from(deliveries.day + 1)
    # The first, wrong invoice and its cancellation lie between delivery and the invoice that stands.
    is_wrong = random.random(count) < 0.012
    # Every entity has one, the smallest too.
    entity, early = orders.entity[deliveries.order], (day >= EARLIEST_ERROR) & (day <= LATEST_ERROR)
    for each in np.unique(entity[early]):
        of_entity = np.flatnonzero(early & (entity == each))
        if not is_wrong[of_entity].any():
            is_wrong[picked(of_entity, 1, draws.stream(f"cancelled invoices {each}"))] = True
    was_wrong = np.flatnonzero(is_wrong)
    cancelled_on = days.working_day_from(day[was_wrong] + 8)
    delivery = np.concatenate([np.arange(count), was_wrong, was_wrong])
    kind = np.repeat([INVOICE, INVOICE, CANCELLATION], [count, len(was_wrong), len(was_wrong)])
    billed = np.concatenate([day, day[was_wrong], cancelled_on])
    billed[was_wrong] = days.working_day_from(cancelled_on + 1)
    # Positions of the wrong invoice and its cancellation name each other.
    wrong = count + np.arange(len(was_wrong))
    cancels = np.full(len(delivery), -1)
    cancels[wrong + len(was_wrong)] = wrong
    order = deliveries.order[delivery]
    of = orders.take(order)
    net_of_delivery = sum_by(items.delivery[items.delivery >= 0], items.net[items.delivery >= 0], count)
    net = net_of_delivery[delivery]
    # No tax on exports.
    is_domestic = parties.is_domestic(customers, of.customer)
    tax_per_mille = np.where(is_domestic, TAX_PER_MILLE[of.entity], 0)
    tax = scaled(net, tax_per_mille, 1000)
    total = net + tax
    due = billed + TERM_DAYS[of.terms]
    chance = random.random(len(delivery))
    late = (random.gamma(1.3, 1.0, len(delivery)) * 14).astype(np.int64)
    paid = days.working_day_from(np.where(chance < 0.68, due - random.integers(0, 6, len(delivery)), due + 2 + late))
    paid = np.where(chance > 0.985, NEVER, np.maximum(paid, billed + 1))
    in_parts = (random.random(len(delivery)) < 0.09) & (paid < NEVER)
    paid_first = np.where(in_parts, days.working_day_until(np.maximum(paid - 21, billed + 2)), NEVER)
    paid = np.where(in_parts, np.maximum(paid, paid_first + 3), paid)
    paid = np.where(in_parts, days.working_day_from(np.minimum(paid, HORIZON + 400)), paid)
    part = scaled(total, random.integers(20, 70, len(delivery)), 100)
    stands = np.ones(len(delivery), dtype=bool)
    stands[count:] = False
    billings = Frame(
        delivery=delivery,
        order=order,
        kind=kind,
        day=billed,
        net=net,
        tax=tax,
        total=total,
        due=due,
        cancels=cancels,
        stands=stands,
        paid=np.where(stands & (paid <= HORIZON), paid, NEVER),
        paid_first=np.where(stands & (paid_first <= HORIZON), paid_first, NEVER),
        first_part=part,
        customer=of.customer,
        entity=of.entity,
        currency=of.currency,
        terms=of.terms,
        tax_per_mille=tax_per_mille,
    )
    in_time = np.flatnonzero(billings.day <= HORIZON)
    by_day = in_time[np.lexsort((in_time, billings.day[in_time]))]
    place = np.full(len(delivery), -1)
    place[by_day] = np.arange(len(by_day))
    billings = billings.take(by_day)
    billings = billings.extended(cancels=np.where(billings.cancels >= 0, place[billings.cancels], -1))
    return billings, _billing_items(billings, items, count)


def _billing_items(billings: Frame, items: Frame, deliveries: int) -> Frame:
    """The items of each billing document: those of its delivery, with their share of the tax."""
    delivered = np.flatnonzero(items.delivery >= 0)
    by_delivery = delivered[np.argsort(items.delivery[delivered], kind="stable")]
    counts = np.bincount(items.delivery[delivered], minlength=deliveries)
    starts = np.cumsum(counts) - counts
    billing = np.repeat(np.arange(len(billings)), counts[billings.delivery])
    repeats = counts[billings.delivery]
    offset = np.arange(len(billing)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    item = by_delivery[starts[billings.delivery[billing]] + offset]
    # Tax per item; what rounding leaves over goes to the first.
    tax = scaled(items.net[item], billings.tax_per_mille[billing], 1000)
    tax[offset == 0] += billings.tax - sum_by(billing, tax, len(billings))
    return Frame(billing=billing, number=offset, item=item, net=items.net[item], tax=tax)
