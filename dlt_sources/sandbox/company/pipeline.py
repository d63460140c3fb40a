"""Opportunities from first contact to won or lost, with the dates of every stage and the lines they offer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlt_sources.sandbox.company import catalogue, days, parties
from dlt_sources.sandbox.company.days import FIRST_DAY, HORIZON, NEVER
from dlt_sources.sandbox.company.draws import Draws
from dlt_sources.sandbox.company.errors import CODE
from dlt_sources.sandbox.company.frame import Frame, expanded, sum_by
from dlt_sources.sandbox.company.group import (
    CURRENCY,
    LOST,
    MINOR_UNITS,
    NEGOTIATION,
    PRICE_LEVEL,
    PROPOSAL,
    PROSPECTING,
    QUALIFICATION,
    SINGAPORE,
    WON,
)
from dlt_sources.sandbox.company.rates import scaled

MACHINE, SUBSCRIPTION = 0, 1
NEW_BUSINESS, EXISTING_BUSINESS, RENEWAL = "New Business", "Existing Business", "Renewal"
OPPORTUNITY_TYPES = (NEW_BUSINESS, EXISTING_BUSINESS, RENEWAL)

_FIRST_CONTACT = days.day("2024-06-03")
_MACHINES, _SUBSCRIPTIONS, _FOUNDING_SUBSCRIPTIONS = 2_600, 1_080, 400
_FOUNDING_IN_SINGAPORE = 6


@dataclass
class Pipeline:
    """Opportunities and their lines; amounts in minor units of the opportunity's currency."""

    opportunities: Frame
    lines: Frame


def list_price(product: np.ndarray, currency: np.ndarray, months: np.ndarray | int = 1) -> np.ndarray:
    """The price in minor units of the currency: the euro price at the currency's price level, in round figures."""
    level = np.rint(PRICE_LEVEL * 1000).astype(np.int64)[currency]
    whole = scaled(catalogue.PRICES[product] * np.asarray(months), level, 1000)
    return np.maximum(whole, 1) * 10 ** MINOR_UNITS[currency]


def first_opportunities(draws: Draws, scale: float, customers: Frame) -> Pipeline:
    """All machine opportunities and the new subscription business."""
    random = draws.stream("opportunities")
    machines, subscriptions, founding = (
        max(least, round(count * scale))
        for least, count in ((60, _MACHINES), (40, _SUBSCRIPTIONS), (24, _FOUNDING_SUBSCRIPTIONS))
    )
    kind = np.repeat([MACHINE, SUBSCRIPTION, SUBSCRIPTION], [machines, subscriptions, founding])
    count = len(kind)
    is_founding = np.arange(count) >= machines + subscriptions
    window = np.where(is_founding, days.day("2024-08-30") - _FIRST_CONTACT, HORIZON - 10 - _FIRST_CONTACT)
    created = days.working_day_until(_FIRST_CONTACT + (random.random(count) * window).astype(np.int64))
    customer = parties.FIRST_CUSTOMER + random.integers(0, len(customers) - parties.FIRST_CUSTOMER, count)
    # Singapore has several customers from the beginning, at every scale.
    in_singapore = np.flatnonzero(
        (customers.entity == SINGAPORE) & (np.arange(len(customers)) >= parties.FIRST_CUSTOMER)
    )
    first_ones = np.flatnonzero(is_founding)[:_FOUNDING_IN_SINGAPORE]
    customer[first_ones] = in_singapore[np.arange(len(first_ones)) % len(in_singapore)]
    # A customer won later has a neighbour who was there from the beginning.
    customer = np.where(customers.created[customer] > created, customer - 1, customer)
    pace = np.where(kind == MACHINE, 30.0, 16.0)
    stage_days = 2 + (random.gamma(2.0, 1.0, (3, count)) * pace / 2).astype(np.int64)
    qualified = days.working_day_from(created + stage_days[0])
    proposed = days.working_day_from(qualified + stage_days[1])
    negotiated = days.working_day_from(proposed + stage_days[2])
    closed = days.working_day_from(negotiated + 3 + (random.gamma(2.0, 1.0, count) * pace / 2).astype(np.int64))
    chance = np.where(is_founding, 0.95, np.where(kind == MACHINE, 0.42, 0.5))
    is_won = random.random(count) < chance
    # The founding business closed in the first weeks of the history.
    closed = np.where(is_founding, FIRST_DAY + random.integers(0, 50, count), closed)
    negotiated = np.where(is_founding, np.minimum(negotiated, FIRST_DAY - 3), negotiated)
    proposed = np.minimum(proposed, negotiated - 1)
    qualified = np.minimum(qualified, proposed - 1)
    is_early = np.minimum(qualified, created) < created + 1
    qualified, proposed, negotiated = (
        np.where(is_early, np.maximum(day, created + 1 + place), day)
        for place, day in enumerate((qualified, proposed, negotiated))
    )
    closed = np.maximum(closed, negotiated + 1)
    entity = customers.entity[customer]
    closed = np.where(kind == SUBSCRIPTION, billing_start(closed, entity), closed)
    is_won &= closed >= FIRST_DAY
    # The lost ones leave at any stage.
    lost_at = random.integers(QUALIFICATION, NEGOTIATION + 2, count)
    lost_at = np.where(is_won, WON, lost_at)
    currency = np.where((kind == SUBSCRIPTION) & (entity == SINGAPORE), CURRENCY["SGD"], customers.currency[customer])
    opportunities = Frame(
        kind=kind,
        customer=customer,
        entity=entity,
        currency=currency,
        created=created,
        qualified=np.where(lost_at > QUALIFICATION, qualified, NEVER),
        proposed=np.where(lost_at > PROPOSAL, proposed, NEVER),
        negotiated=np.where(lost_at > NEGOTIATION, negotiated, NEVER),
        closed=np.where(
            lost_at == QUALIFICATION,
            qualified,
            np.where(lost_at == PROPOSAL, proposed, np.where(lost_at == NEGOTIATION, negotiated, closed)),
        ),
        is_won=is_won,
        type=np.where(random.random(count) < 0.3, 1, 0),
        first_close_date=days.working_day_from(created + (pace * (2 + random.random(count))).astype(np.int64)),
        estimate=1_000 * random.integers(900, 1_150, count),
        owner=(entity * 2 + random.integers(0, 2, count)),
        deleted=np.full(count, NEVER),
        subscription_of=np.full(count, -1),
    )
    is_deleted = ~is_won & (random.random(count) < 0.015)
    opportunities = opportunities.extended(deleted=np.where(is_deleted, opportunities.closed + 12, NEVER))
    lines = Frame.stacked([_machine_lines(random, opportunities), _subscription_lines(random, opportunities)])
    order = np.lexsort((lines.number, lines.opportunity))
    return with_amounts(Pipeline(opportunities, lines.take(order)))


def with_amounts(pipeline: Pipeline) -> Pipeline:
    """The opportunities with the sum of their lines."""
    amount = sum_by(pipeline.lines.opportunity, pipeline.lines.total, len(pipeline.opportunities))
    return Pipeline(pipeline.opportunities.extended(amount=amount), pipeline.lines)


def first_guess(opportunities: Frame) -> np.ndarray:
    """What the salesperson guessed before there were lines: the value, more or less, in thousands."""
    guess = opportunities.amount * opportunities.estimate // 1_000_000
    step = 1_000 * 10 ** MINOR_UNITS[opportunities.currency]
    return np.maximum(guess // step, 1) * step


def billing_start(closed: np.ndarray, entity: np.ndarray) -> np.ndarray:
    """The next working day up to the 28th, on which subscriptions begin: every month has it.

    Those of Singapore all begin on the first of a month, so that a day's batch has several invoices.
    """
    day = days.working_day_from(closed)
    month = days.month_of(day)
    next_month = days.first_of_month(month + 1)
    day_of_month = day - days.first_of_month(month) + 1
    fixed = np.where(day_of_month == 1, day, next_month)
    any_day = np.where(day_of_month > 28, days.working_day_from(next_month), day)
    return np.where(entity == SINGAPORE, fixed, any_day)


def _machine_lines(random: np.random.Generator, opportunities: Frame) -> Frame:
    rows = np.flatnonzero(opportunities.kind == MACHINE)
    parent, number = expanded(random.integers(1, 4, len(rows)))
    opportunity = rows[parent]
    count = len(parent)
    product = np.where(
        number == 0, random.choice(catalogue.MACHINE_PRODUCTS, count), random.choice(catalogue.PART_PRODUCTS, count)
    )
    quantity = np.where(number == 0, random.choice([1, 1, 1, 2, 3], count), random.integers(1, 7, count))
    discount = random.choice([0, 0, 0, 3, 5, 8], count)
    price = list_price(product, opportunities.currency[opportunity])
    return Frame(
        opportunity=opportunity,
        number=number,
        product=product,
        quantity=quantity,
        price=price,
        discount=discount,
        total=scaled(price * quantity, 100 - discount, 100),
        term=np.zeros(count, dtype=np.int64),
        interval=np.zeros(count, dtype=np.int64),
        interval_total=np.zeros(count, dtype=np.int64),
    )


def _subscription_lines(random: np.random.Generator, opportunities: Frame) -> Frame:
    rows = np.flatnonzero(opportunities.kind == SUBSCRIPTION)
    count = len(rows)
    is_cloud = random.random(count) < 0.55
    plan = np.where(
        is_cloud,
        random.choice(catalogue.CLOUD_PLANS, count, p=[0.45, 0.4, 0.15]),
        random.choice(catalogue.SERVICE_PLANS, count, p=[0.4, 0.4, 0.2]),
    )
    quantity = np.where(is_cloud, random.integers(3, 60, count), random.integers(1, 12, count))
    interval = random.choice(catalogue.INTERVALS, count, p=[0.68, 0.17, 0.15])
    term = random.choice([12, 24, 36], count, p=[0.5, 0.3, 0.2])
    discount = random.choice([0, 10], count, p=[0.8, 0.2])
    return subscription_lines(rows, plan, quantity, interval, term, discount, opportunities.currency[rows])


def subscription_lines(
    opportunity: np.ndarray,
    plan: np.ndarray,
    quantity: np.ndarray,
    interval: np.ndarray,
    term: np.ndarray,
    discount: np.ndarray,
    currency: np.ndarray,
) -> Frame:
    """One line per subscription sold: the price of the whole term per unit, what one billing interval costs."""
    charge = interval_price(plan, interval, currency) * quantity
    per_interval = charge - scaled(charge, discount, 100)
    times = term // interval
    return Frame(
        opportunity=opportunity,
        number=np.zeros(len(opportunity), dtype=np.int64),
        product=plan,
        quantity=quantity,
        price=interval_price(plan, interval, currency) * times,
        discount=discount,
        total=per_interval * times,
        term=term,
        interval=interval,
        interval_total=per_interval,
    )


def interval_price(plan: np.ndarray, interval: np.ndarray, currency: np.ndarray) -> np.ndarray:
    """The price of one unit for one billing interval in minor units; paying longer ahead is cheaper."""
    reduction = catalogue.INTERVAL_DISCOUNT[np.searchsorted(catalogue.INTERVALS, interval)]
    whole = scaled(list_price(plan, currency, interval), 1000 - reduction, 1000)
    unit = 10 ** MINOR_UNITS[currency]
    return np.maximum(whole // unit, 1) * unit


def stage_on(opportunities: Frame, day: np.ndarray | int, unknown_is_on: bool) -> np.ndarray:
    """The stage of every opportunity at the end of a day; 6 and up are the unknown stages, -1 is not yet born."""
    stage = np.full(len(opportunities), -1)
    for begins, name in stage_entries(opportunities, unknown_is_on):
        stage = np.where(begins <= day, name, stage)
    return stage


def stage_entries(opportunities: Frame, unknown_is_on: bool) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each step of the way: the day it is entered (NEVER if not at all) and the stage."""
    stuck = unknown_is_on & (opportunities.error == CODE["unknown_stage"])
    count = len(opportunities)
    closing = np.where(opportunities.is_won, WON, LOST)
    return [
        (opportunities.created, np.full(count, PROSPECTING)),
        (opportunities.qualified, np.full(count, QUALIFICATION)),
        (opportunities.proposed, np.full(count, PROPOSAL)),
        (opportunities.negotiated, np.where(stuck, LOST + 1 + opportunities.unknown_stage, NEGOTIATION)),
        (np.where(stuck, NEVER, opportunities.closed), closing),
    ]
