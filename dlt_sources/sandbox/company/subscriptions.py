"""Subscriptions from contract to cash: periods, plan changes, churn, invoices, usage, charges, refunds, payouts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlt_sources.sandbox.company import catalogue, days, parties, pipeline
from dlt_sources.sandbox.company.days import HORIZON, NEVER
from dlt_sources.sandbox.company.draws import Draws
from dlt_sources.sandbox.company.frame import Frame, expanded, rows_of, sum_by
from dlt_sources.sandbox.company.group import (
    MINOR_UNITS,
    PRICE_LEVEL,
    SINGAPORE,
    TAX_PER_MILLE,
)
from dlt_sources.sandbox.company.pipeline import Pipeline
from dlt_sources.sandbox.company.rates import scaled

# What a line of an invoice charges for.
RECURRING, ONE_OFF, USAGE = 0, 1, 2
# How an open invoice ends.
UNPAID, PAID, UNCOLLECTIBLE = 0, 1, 2
# Stripe's fee: per mille of the charge plus a fixed part in minor units of a price level of 1.
_FEE_PER_MILLE, _FIXED_FEE = 14, 25
_DAYS_UNTIL_DUE = 30
_DAYS_UNTIL_WRITTEN_OFF = 120
_DAYS_UNTIL_AVAILABLE = 3
_FRIDAY = 4
# The period of an invoice that somebody made by hand, beside the rhythm of its subscription.
BY_HAND = -1
# One in so many invoices is issued by mistake and voided, or stays a draft; and the least there are of each kind.
_INVOICES_PER_MISTAKE, _LEAST_MISTAKES = 300, 3


@dataclass
class Subscriptions:
    """The subscription business; amounts in minor units of the subscription's currency.

    `subscriptions`: contract, plan of the first period, interval, when they start and end (`ended`, NEVER if not).
    `periods`: one row per subscription and billing period with plan and quantity. `usage`: metered quantity per
    subscription and day. `invoices` and their `lines`; `charges`, `credit_notes` (each refunded), `payouts`.

    An invoice is a draft from `created` on and final on `day` (NEVER for one that stays a draft). A final one may be
    `voided`, a draft `removed`; both days are NEVER for an invoice that stands.
    """

    subscriptions: Frame
    periods: Frame
    usage: Frame
    usage_months: Frame
    invoices: Frame
    lines: Frame
    charges: Frame
    credit_notes: Frame
    payouts: Frame


def simulated(draws: Draws, sold: Pipeline, customers: Frame) -> tuple[Subscriptions, Pipeline]:
    """Everything that follows from the subscriptions sold, and the pipeline extended by what came back after churn."""
    won = np.flatnonzero(sold.opportunities.is_won & (sold.opportunities.kind == pipeline.SUBSCRIPTION))
    first = _lives(draws.stream("subscription lives"), _sold(sold, won), ends_early=True)
    returned = _returning(draws.stream("returning customers"), sold, first[0])
    sold = pipeline.with_amounts(
        Pipeline(
            Frame.stacked([sold.opportunities, returned.opportunities]), Frame.stacked([sold.lines, returned.lines])
        )
    )
    again = np.arange(len(sold.opportunities) - len(returned.opportunities), len(sold.opportunities))
    second = _lives(draws.stream("second lives"), _sold(sold, again), ends_early=False)
    subscriptions = Frame.stacked([first[0], second[0]])
    periods = Frame.stacked([first[1], second[1].extended(subscription=second[1].subscription + len(first[0]))])
    # Numbered in the order in which they were sold.
    order = np.argsort(subscriptions.start, kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    subscriptions = subscriptions.take(order)
    periods = periods.extended(subscription=place[periods.subscription])
    periods = periods.take(np.lexsort((periods.number, periods.subscription)))
    subscription_of = np.full(len(sold.opportunities), -1)
    subscription_of[subscriptions.opportunity] = np.arange(len(subscriptions))
    sold = Pipeline(sold.opportunities.extended(subscription_of=subscription_of), sold.lines)

    usage, usage_months = _usage(draws.stream("usage"), subscriptions, periods)
    invoices, lines = _invoices(draws.stream("invoices"), subscriptions, periods, usage_months, customers)
    invoices, lines = _with_mistakes(draws.stream("mistaken invoices"), invoices, lines)
    charges = _charges(draws.stream("charges"), invoices)
    credit_notes = _credit_notes(draws.stream("credit notes"), invoices, charges)
    payouts = _payouts(invoices, charges, credit_notes)
    return Subscriptions(
        subscriptions,
        periods,
        usage,
        usage_months,
        invoices,
        lines,
        payouts["charges"],
        payouts["credit_notes"],
        payouts["payouts"],
    ), sold


def _sold(sold: Pipeline, opportunities: np.ndarray) -> Frame:
    """The subscriptions that opportunities sold: one line, one subscription, beginning on the day of closing."""
    line_of = np.full(len(sold.opportunities), -1)
    line_of[sold.lines.opportunity[sold.lines.number == 0]] = np.flatnonzero(sold.lines.number == 0)
    line = sold.lines.take(line_of[opportunities])
    chosen = sold.opportunities.take(opportunities)
    return Frame(
        opportunity=opportunities,
        customer=chosen.customer,
        entity=chosen.entity,
        currency=chosen.currency,
        start=chosen.closed,
        plan=line.product,
        quantity=line.quantity,
        interval=line.interval,
        term=line.term,
        discount=line.discount,
        value=line.total,
    )


def _lives(random: np.random.Generator, subscriptions: Frame, ends_early: bool) -> tuple[Frame, Frame]:
    """Billing periods with plan changes at their boundaries, and each subscription's end."""
    count = len(subscriptions)
    is_cloud = subscriptions.plan >= catalogue.CLOUD_PLANS[0]
    # A third of the monthly cloud customers also pay for machine minutes; all others are licences only.
    is_metered = is_cloud & (subscriptions.interval == 1) & (random.random(count) < 0.35)
    sends_invoice = random.random(count) < 0.45
    plan, quantity = subscriptions.plan.copy(), subscriptions.quantity.copy()
    ended = np.full(count, NEVER)
    smallest = np.where(is_cloud, catalogue.CLOUD_PLANS[0], catalogue.SERVICE_PLANS[0])
    largest = smallest + 2
    change = np.array([0.016, 0.04, 0.12])[np.searchsorted(catalogue.INTERVALS, subscriptions.interval)]
    alive = np.arange(count)
    periods = []
    number = 0
    while len(alive):
        start = days.add_months(subscriptions.start[alive], subscriptions.interval[alive] * number)
        begun = start <= HORIZON
        alive, start = alive[begun], start[begun]
        end = days.add_months(subscriptions.start[alive], subscriptions.interval[alive] * (number + 1))
        periods.append(
            Frame(
                subscription=alive,
                number=np.full(len(alive), number),
                start=start,
                end=end,
                plan=plan[alive],
                quantity=quantity[alive],
            )
        )
        what = random.random(len(alive)) / change[alive]
        how_much = random.integers(1, 4, len(alive))
        if ends_early:
            leaves = (what < 1.0) & ((number > 1) | (subscriptions.interval[alive] > 1))
            ended[alive[leaves]] = end[leaves]
        else:
            leaves = np.zeros(len(alive), dtype=bool)
        up, down, tier = (what > 1) & (what < 2.4), (what > 2.4) & (what < 3.2), (what > 3.2) & (what < 3.9)
        quantity[alive] += np.where(up, np.maximum(quantity[alive] * how_much // 10, 1), 0)
        quantity[alive] -= np.where(
            down, np.minimum(np.maximum(quantity[alive] * how_much // 10, 1), quantity[alive] - 1), 0
        )
        plan[alive] += np.where(tier, np.where(how_much > 1, 1, -1), 0)
        plan = np.clip(plan, smallest, largest)
        alive = alive[~leaves]
        number += 1
    subscriptions = subscriptions.extended(
        is_metered=is_metered,
        sends_invoice=sends_invoice,
        ended=ended,
        has_onboarding=is_cloud & (random.random(count) < 0.4) & ends_early,
        # The customer gives notice some days before the period ends.
        cancelled=np.where(ended < NEVER, ended - 6 - random.integers(0, 12, count), NEVER),
    )
    return subscriptions, Frame.stacked(periods)


def _returning(random: np.random.Generator, sold: Pipeline, ended: Frame) -> Pipeline:
    """Customers who come back some months after their subscription ended: existing business, won at once."""
    candidates = np.flatnonzero(ended.ended < HORIZON - 120)
    back = candidates[random.random(len(candidates)) < 0.45]
    if not len(back) and len(candidates):
        back = candidates[:1]
    gone = ended.take(back)
    count = len(back)
    closed = pipeline.billing_start(gone.ended + random.integers(25, 190, count), gone.entity)
    in_time = closed < HORIZON
    gone, closed = gone.take(in_time), closed[in_time]
    count = len(gone)
    created = days.working_day_until(closed - random.integers(22, 32, count))
    # Five days apart: no holidays are longer, so no two steps fall on one day.
    steps = [days.working_day_from(created + offset) for offset in (5, 10, 15)]
    opportunities = Frame(
        **{
            **sold.opportunities.take(gone.opportunity).columns,
            "created": created,
            "qualified": steps[0],
            "proposed": steps[1],
            "negotiated": steps[2],
            "closed": closed,
            "is_won": np.ones(count, dtype=bool),
            "type": np.ones(count, dtype=np.int64),
            "deleted": np.full(count, NEVER),
            "first_close_date": closed,
            "subscription_of": np.full(count, -1),
        }
    )
    lines = pipeline.subscription_lines(
        len(sold.opportunities) + np.arange(count),
        gone.plan,
        np.maximum(1, gone.quantity * random.integers(5, 13, count) // 10),
        gone.interval,
        np.full(count, 12),
        gone.discount,
        gone.currency,
    )
    return Pipeline(opportunities, lines)


def _usage(random: np.random.Generator, subscriptions: Frame, periods: Frame) -> tuple[Frame, Frame]:
    """Machine minutes per metered subscription and working day; months and what they are worth.

    Usage of a month is billed by the period that begins in the next one, so it stops a month before the end.
    """
    metered = np.flatnonzero(subscriptions.is_metered)
    counts = np.bincount(periods.subscription, minlength=len(subscriptions))[metered]
    # One month of usage before each period but the first.
    parent, number = expanded(np.maximum(counts - 1, 0))
    subscription = metered[parent]
    month = days.month_of(subscriptions.start[subscription]) + number
    # In a few months nothing was measured.
    is_quiet = random.random(len(parent)) < 0.08
    level = random.integers(40, 400, len(metered))[parent]
    days_in_month = 31
    row, offset = expanded(np.full(len(parent), days_in_month))
    day = days.first_of_month(month[row]) + offset
    used = (days.month_of(day) == month[row]) & days.is_working_day(day) & ~is_quiet[row]
    used &= (day >= subscriptions.start[subscription[row]]) & (random.random(len(row)) < 0.9)
    row, day = row[used], day[used]
    quantity = np.maximum(1, level[row] * random.integers(60, 140, len(row)) // 100)
    price = minute_price(subscriptions.currency[subscription])
    total = sum_by(row, quantity, len(parent))
    months = Frame(
        subscription=subscription,
        month=month,
        quantity=total,
        price=price,
        amount=rated(total, price),
        is_quiet=total == 0,
    )
    return Frame(subscription=subscription[row], day=day, quantity=quantity), months


def minute_price(currency: np.ndarray) -> np.ndarray:
    """The price of one machine minute in hundredths of a minor unit."""
    level = np.rint(PRICE_LEVEL * 1000).astype(np.int64)[currency]
    hundredths = scaled(np.full(len(currency), catalogue.MINUTE_PRICE), level, 1000)
    return np.where(MINOR_UNITS[currency] == 0, np.maximum(hundredths // 100, 1), hundredths)


def rated(quantity: np.ndarray, price: np.ndarray) -> np.ndarray:
    """What a quantity costs, in minor units."""
    return scaled(quantity * price, 1, 100)


def _invoices(
    random: np.random.Generator, subscriptions: Frame, periods: Frame, usage_months: Frame, customers: Frame
) -> tuple[Frame, Frame]:
    """One invoice at the beginning of each period: the period ahead, onboarding once, last month's usage."""
    # In the order of days, so that their numbers count up.
    order = np.lexsort((periods.subscription, periods.start))
    periods = periods.take(order)
    of = subscriptions.take(periods.subscription)
    invoice = np.arange(len(periods))
    charge = pipeline.interval_price(periods.plan, of.interval, of.currency) * periods.quantity
    recurring = Frame(
        invoice=invoice,
        charge_type=np.full(len(invoice), RECURRING),
        product=periods.plan,
        quantity=periods.quantity,
        amount=charge,
        discount=scaled(charge, of.discount, 100),
        start=periods.start,
        end=periods.end,
    )
    once = np.flatnonzero((periods.number == 0) & of.has_onboarding)
    onboarding_price = pipeline.list_price(np.full(len(once), catalogue.ONBOARDING), of.currency[once])
    one_off = Frame(
        invoice=once,
        charge_type=np.full(len(once), ONE_OFF),
        product=np.full(len(once), catalogue.ONBOARDING),
        quantity=np.ones(len(once), dtype=np.int64),
        amount=onboarding_price,
        discount=np.zeros(len(once), dtype=np.int64),
        start=periods.start[once],
        end=periods.start[once] + 1,
    )
    # The period that begins in the month after the usage.
    billed = np.flatnonzero(~usage_months.is_quiet)
    period_key = periods.subscription * 10_000 + days.month_of(periods.start)
    by_key = np.argsort(period_key)
    wanted = usage_months.subscription[billed] * 10_000 + usage_months.month[billed] + 1
    found = by_key[np.searchsorted(period_key[by_key], wanted)]
    usage = Frame(
        invoice=found,
        charge_type=np.full(len(found), USAGE),
        product=np.full(len(found), catalogue.MINUTES),
        quantity=usage_months.quantity[billed],
        amount=usage_months.amount[billed],
        discount=np.zeros(len(found), dtype=np.int64),
        start=days.first_of_month(usage_months.month[billed]),
        end=days.first_of_month(usage_months.month[billed] + 1),
    )
    lines = Frame.stacked([recurring, one_off, usage])
    lines = lines.take(np.lexsort((lines.charge_type, lines.invoice)))
    country_tax = np.where(parties.is_domestic(customers, of.customer), TAX_PER_MILLE[of.entity], 0)
    net = sum_by(lines.invoice, lines.amount - lines.discount, len(invoice))
    tax = scaled(net, country_tax, 1000)
    day = _finalised(random, periods, of)
    never = np.full(len(periods), NEVER)
    invoices = Frame(
        subscription=periods.subscription,
        period=periods.number,
        customer=of.customer,
        entity=of.entity,
        currency=of.currency,
        created=periods.start,
        day=day,
        voided=never,
        removed=never,
        sends_invoice=of.sends_invoice,
        due=day + np.where(of.sends_invoice, _DAYS_UNTIL_DUE, 0),
        net=net,
        tax=tax,
        total=net + tax,
        tax_per_mille=country_tax,
    )
    settled, fate = _settlement(random, invoices)
    return invoices.extended(settled=settled, fate=fate), lines


def _finalised(random: np.random.Generator, periods: Frame, of: Frame) -> np.ndarray:
    """The day each draft becomes an invoice: at once, but a few that go out by mail are looked at for some days.

    That stays within a month, so that revenue is earned in no month that is not billed yet. Nobody looks at the
    batches of Singapore.
    """
    day_of_month = periods.start - days.first_of_month(days.month_of(periods.start))
    may_wait = of.sends_invoice & (periods.number > 0) & (of.entity != SINGAPORE) & (day_of_month < 20)
    waits = may_wait & (random.random(len(periods)) < 0.03)
    looked_at = days.working_day_from(periods.start + random.integers(1, 5, len(periods)))
    return np.where(waits & (looked_at <= HORIZON), looked_at, periods.start)


def _with_mistakes(random: np.random.Generator, invoices: Frame, lines: Frame) -> tuple[Frame, Frame]:
    """All invoices in the order they were made, with those that bill nothing in the end; numbered as they get final.

    Somebody bills a period a second time and voids that in the same month (one in two before the ledger sees it), or
    bills an onboarding nobody ordered and voids it in the next month. A draft by hand is thrown away, or forgotten.
    """
    count = max(_LEAST_MISTAKES, len(invoices) // _INVOICES_PER_MISTAKE)
    day_of_month = invoices.day - days.first_of_month(days.month_of(invoices.day))
    candidates = np.flatnonzero(
        invoices.sends_invoice & (invoices.entity != SINGAPORE) & (day_of_month < 18) & (invoices.day <= HORIZON - 60)
    )
    of = random.permutation(candidates)[: 4 * count]
    # The fourth kind is forgotten.
    twice, unordered, thrown_away = (np.arange(len(of)) % 4 == kind for kind in range(3))
    chosen = invoices.take(of)
    next_month = days.first_of_month(days.month_of(chosen.day) + 1)
    made = days.working_day_from(chosen.day + random.integers(1, 4, len(of)))
    made = np.where(unordered, days.working_day_until(next_month - random.integers(1, 6, len(of))), made)
    is_final = twice | unordered
    same_day = twice & (np.arange(len(of)) // 4 % 2 == 0)
    voided = np.where(same_day, made, days.working_day_from(made + random.integers(1, 4, len(of))))
    voided = np.where(unordered, days.working_day_from(next_month + random.integers(1, 8, len(of))), voided)
    onboarding = pipeline.list_price(np.full(len(of), catalogue.ONBOARDING), chosen.currency)
    repeated, parent = rows_of(lines.invoice, of, len(invoices))
    # What is billed a second time is the period, not the minutes measured in it.
    kept = ~unordered[parent] & ~(twice[parent] & (lines.charge_type[repeated] != RECURRING))
    repeated, parent = repeated[kept], parent[kept]
    net = sum_by(parent, (lines.amount - lines.discount)[repeated], len(of)) + np.where(unordered, onboarding, 0)
    tax = scaled(net, chosen.tax_per_mille, 1000)
    mistakes = chosen.extended(
        period=np.full(len(of), BY_HAND),
        created=made,
        day=np.where(is_final, made, NEVER),
        voided=np.where(is_final, voided, NEVER),
        removed=np.where(thrown_away, days.working_day_from(made + random.integers(1, 10, len(of))), NEVER),
        due=np.where(is_final, made + _DAYS_UNTIL_DUE, NEVER),
        net=net,
        tax=tax,
        total=net + tax,
        settled=np.full(len(of), NEVER),
        fate=np.full(len(of), UNPAID),
    )
    number = len(invoices) + np.arange(len(of))
    ordered = np.flatnonzero(unordered)
    # The service would be given long after it is voided: nothing of it is ever earned.
    service = made[ordered] + _DAYS_UNTIL_DUE
    unordered_lines = Frame(
        invoice=number[ordered],
        charge_type=np.full(len(ordered), ONE_OFF),
        product=np.full(len(ordered), catalogue.ONBOARDING),
        quantity=np.ones(len(ordered), dtype=np.int64),
        amount=onboarding[ordered],
        discount=np.zeros(len(ordered), dtype=np.int64),
        start=service,
        end=service + 1,
    )
    repeated_lines = lines.take(repeated).extended(invoice=number[parent])
    everything = Frame.stacked([invoices, mistakes])
    order = np.lexsort((everything.subscription, everything.created))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    lines = Frame.stacked([lines, repeated_lines, unordered_lines])
    lines = lines.extended(invoice=place[lines.invoice])
    everything = everything.take(order)
    numbers = np.zeros(len(everything), dtype=np.int64)
    by_day = np.argsort(everything.day, kind="stable")
    numbers[by_day] = _rank_within(everything.entity[by_day])
    numbers[everything.day == NEVER] = 0
    return everything.extended(number=numbers), lines.take(np.lexsort((lines.charge_type, lines.invoice)))


def stands(invoices: Frame) -> np.ndarray:
    """Whether each invoice is a claim in the end: neither a draft for ever nor voided."""
    return (invoices.day < NEVER) & (invoices.voided == NEVER)


def _rank_within(group: np.ndarray) -> np.ndarray:
    """1, 2, 3 … within each group, in the given order."""
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - np.repeat(starts, np.diff(np.r_[starts, len(group)])) + 1
    return rank


def _settlement(random: np.random.Generator, invoices: Frame) -> tuple[np.ndarray, np.ndarray]:
    """The day each invoice is paid or written off, and which of the two; NEVER while it stays open."""
    count = len(invoices)
    chance = random.random(count)
    late = (random.gamma(1.5, 1.0, count) * 9).astype(np.int64)
    by_transfer = np.where(chance < 0.72, invoices.due - random.integers(0, 8, count), invoices.due + late)
    # A card is charged at once; one in twenty-five fails first and is tried again.
    by_card = np.where(chance < 0.96, invoices.day, invoices.day + 3 + random.integers(0, 5, count))
    paid = np.where(invoices.sends_invoice, np.maximum(by_transfer, invoices.day + 1), by_card)
    lost = invoices.sends_invoice & (random.random(count) < 0.008) & (invoices.entity != SINGAPORE)
    fate = np.where(lost, UNCOLLECTIBLE, PAID)
    settled = np.where(lost, days.working_day_from(invoices.due + _DAYS_UNTIL_WRITTEN_OFF), paid)
    return settled, np.where(settled > HORIZON, UNPAID, fate)


def _charges(random: np.random.Generator, invoices: Frame) -> Frame:
    """One successful charge per paid invoice, and the failed attempts before it."""
    paid = np.flatnonzero(invoices.fate == PAID)
    failed = paid[(invoices.settled[paid] > invoices.day[paid]) & ~invoices.sends_invoice[paid]]
    invoice = np.concatenate([paid, failed])
    succeeded = np.repeat([True, False], [len(paid), len(failed)])
    amount = invoices.total[invoice]
    level = np.rint(PRICE_LEVEL * 1000).astype(np.int64)[invoices.currency[invoice]]
    fixed = scaled(np.full(len(invoice), _FIXED_FEE), level, 1000 * 10 ** (2 - MINOR_UNITS[invoices.currency[invoice]]))
    fee = np.where(succeeded, np.minimum(scaled(amount, _FEE_PER_MILLE, 1000) + fixed, amount), 0)
    charges = Frame(
        invoice=invoice,
        succeeded=succeeded,
        amount=amount,
        fee=fee,
        day=np.where(succeeded, invoices.settled[invoice], invoices.day[invoice]),
    )
    return charges.take(np.lexsort((charges.invoice, charges.succeeded, charges.day)))


def _credit_notes(random: np.random.Generator, invoices: Frame, charges: Frame) -> Frame:
    """Goodwill some weeks after payment: a part or all of the invoice, paid back through the charge."""
    chosen = np.flatnonzero(charges.succeeded & (random.random(len(charges)) < 0.012))
    invoice = charges.invoice[chosen]
    day = charges.day[chosen] + random.integers(3, 28, len(chosen))
    # Some credit notes are for all of it, most for a tenth to a half.
    share = np.where(random.random(len(chosen)) < 0.25, 100, random.integers(10, 51, len(chosen)))
    net = scaled(invoices.net[invoice], share, 100)
    tax = scaled(invoices.tax[invoice], share, 100)
    # A batch posting of Singapore is not credited invoice by invoice.
    seen = (day <= HORIZON) & (net > 0) & (invoices.entity[invoice] != SINGAPORE)
    notes = Frame(invoice=invoice, charge=chosen, day=day, net=net, tax=tax, total=net + tax).take(seen)
    return notes.take(np.argsort(notes.day, kind="stable"))


def _payouts(invoices: Frame, charges: Frame, credit_notes: Frame) -> dict[str, Frame]:
    """Every Friday and currency: what has become available is paid out."""

    def friday(day: np.ndarray) -> np.ndarray:
        available = day + _DAYS_UNTIL_AVAILABLE
        return available + (_FRIDAY - days.weekday_of(available)) % 7

    currency_of_charge = invoices.currency[charges.invoice]
    currency_of_note = invoices.currency[credit_notes.invoice]
    key_of_charge = np.where(charges.succeeded, friday(charges.day) * 100 + currency_of_charge, -1)
    key_of_note = friday(credit_notes.day) * 100 + currency_of_note
    keys = np.unique(np.concatenate([key_of_charge, key_of_note]))
    keys = keys[(keys >= 0) & (keys // 100 <= HORIZON)]

    def payout_of(key: np.ndarray) -> np.ndarray:
        place = np.minimum(np.searchsorted(keys, key), max(len(keys) - 1, 0))
        return np.where(keys[place] == key, place, -1)

    charge_payout, note_payout = payout_of(key_of_charge), payout_of(key_of_note)
    amount = sum_by(charge_payout[charge_payout >= 0], (charges.amount - charges.fee)[charge_payout >= 0], len(keys))
    amount -= sum_by(note_payout[note_payout >= 0], credit_notes.total[note_payout >= 0], len(keys))
    return {
        "charges": charges.extended(payout=charge_payout),
        "credit_notes": credit_notes.extended(payout=note_payout),
        "payouts": Frame(day=keys // 100, currency=keys % 100, amount=amount),
    }


def monthly_recurring(subscriptions: Frame, periods: Frame) -> np.ndarray:
    """The monthly recurring revenue of each period in minor units: its charge after discount, per month."""
    of = subscriptions.take(periods.subscription)
    charge = pipeline.interval_price(periods.plan, of.interval, of.currency) * periods.quantity
    return scaled(charge - scaled(charge, of.discount, 100), 1, of.interval)
