"""Puts the labelled errors into the company: which object has which error, chosen by the seed.

Every object bears at most one error. What an error changes is written beside what is right, so that each can be shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dlt_sources.sandbox.company import catalogue, days, parties
from dlt_sources.sandbox.company.chart import CHART_OF_ENTITY, UNMAPPED_ACCOUNT
from dlt_sources.sandbox.company.days import NEVER, day
from dlt_sources.sandbox.company.draws import Draws
from dlt_sources.sandbox.company.errors import CODE, EARLIEST_ERROR, LATEST_ERROR, handful, picked
from dlt_sources.sandbox.company.frame import Frame, expanded, sum_by
from dlt_sources.sandbox.company.group import (
    CURRENCY,
    LOCAL_CURRENCY,
    LOGISTICS_CLOSES,
    MINOR_UNITS,
    SINGAPORE,
    UNKNOWN_STAGES,
    logistics,
)
from dlt_sources.sandbox.company.machines import Machines
from dlt_sources.sandbox.company.pipeline import Pipeline
from dlt_sources.sandbox.company.purchasing import Purchasing
from dlt_sources.sandbox.company.rates import scaled
from dlt_sources.sandbox.company.subscriptions import PAID, Subscriptions, rated, stands

# Payments of the last months are told as events too, which no error of theirs may contradict.
_LATEST_TRANSFER = day("2026-06-30")
_DAYS_OF_EXTRA_USAGE = 4
# No quotes from so many days before a month end to so many after it: longer than a rate is carried forward.
_GAP_BEFORE, _GAP_AFTER = 9, 4


@dataclass
class Seeded:
    """Errors that are not a property of an event.

    `contracts`: subscriptions whose contract is twice in the CRM, and when. `name_variants`: customers with the system
    (0 CRM, 1 billing) that knows them by another name and without tax id. `hierarchies`: customers with their wrong
    parent in the CRM. `rate_gaps`: currency, first and last day without a quote, month end. `usage`: measured and not
    billed, per day; `usage_months`: the same per month.
    """

    contracts: Frame
    name_variants: Frame
    hierarchies: Frame
    rate_gaps: Frame
    usage: Frame
    usage_months: Frame


def seeded_pipeline(draws: Draws, scale: float, sold: Pipeline) -> Pipeline:
    """Some opportunities in negotiation stand in a stage nobody knows, and stay there."""
    opportunities = sold.opportunities
    candidates = np.flatnonzero(
        ~opportunities.is_won
        & (opportunities.negotiated >= EARLIEST_ERROR)
        & (opportunities.negotiated <= LATEST_ERROR)
        & (opportunities.deleted == NEVER)
    )
    random = draws.stream("error unknown_stage")
    error = np.zeros(len(opportunities), dtype=np.int64)
    unknown_stage = np.zeros(len(opportunities), dtype=np.int64)
    for stage in range(len(UNKNOWN_STAGES)):
        # One currency per stage, so that what stands in it has a sum.
        free = candidates[error[candidates] == 0]
        currency = opportunities.currency[random.choice(free)]
        chosen = picked(free[opportunities.currency[free] == currency], handful(scale) // 2, random)
        error[chosen] = CODE["unknown_stage"]
        unknown_stage[chosen] = stage
    return Pipeline(opportunities.extended(error=error, unknown_stage=unknown_stage), sold.lines)


def seeded_machines(draws: Draws, scale: float, machines: Machines) -> Machines:
    """What is wrong with sales of machines: materials without a family, orders that CRM and ERP tell differently."""
    return _unlike_in_the_crm(draws, scale, _without_family(draws, scale, machines))


def _unlike_in_the_crm(draws: Draws, scale: float, machines: Machines) -> Machines:
    """Some orders are worth more in the CRM than in the ERP; some that come to nothing never reach the ERP at all."""
    orders = machines.orders
    error = np.zeros(len(orders), dtype=np.int64)
    in_time = (orders.day >= EARLIEST_ERROR) & (orders.day <= LATEST_ERROR)
    for name, condition in (
        # Nothing was delivered of these, so nothing else is missing with them.
        ("order_not_in_erp", orders.rejected < NEVER),
        ("order_value_differs", orders.rejected == NEVER),
    ):
        candidates = np.flatnonzero(in_time & condition)
        error[picked(candidates, handful(scale), draws.stream(f"error {name}"))] = CODE[name]
    net = sum_by(machines.items.order, machines.items.net, len(orders))
    unit = 10 ** MINOR_UNITS[orders.currency]
    # A twentieth, in whole units of the currency.
    surplus = np.maximum(net // (20 * unit), 1) * unit
    return replace(machines, orders=orders.extended(error=error, crm_surplus=surplus))


def _without_family(draws: Draws, scale: float, machines: Machines) -> Machines:
    """Some order items are entered with a material that has no family: one such material per entity."""
    random = draws.stream("error missing_product_mapping")
    orders, items = machines.orders, machines.items
    of = orders.take(items.order)
    unmapped = np.full(len(items), -1)
    for entity, product in zip((0, 3, 5), catalogue.UNMAPPED_PRODUCTS, strict=True):
        candidates = np.flatnonzero(
            (items.number == 0)
            & (of.entity == entity)
            & (of.currency == LOCAL_CURRENCY[entity])
            & (items.delivery >= 0)
            & (of.day >= EARLIEST_ERROR)
            & (of.day <= day("2026-05-29"))
        )
        unmapped[picked(candidates, handful(scale), random)] = catalogue.PRODUCT[product.code]
    return replace(machines, items=items.extended(unmapped_product=unmapped))


def seeded_subscriptions(draws: Draws, scale: float, sold: Subscriptions) -> Subscriptions:
    """Invoices that the ledger gets not at all, twice, late, or with another amount or currency; payments of none."""
    random = draws.stream("errors of invoices")
    invoices = sold.invoices
    count = handful(scale)
    error = np.zeros(len(invoices), dtype=np.int64)
    wrong_day = invoices.day.copy()
    wrong_currency = invoices.currency.copy()
    wrong_per_mille = np.full(len(invoices), 1000)
    in_time = (invoices.day >= EARLIEST_ERROR) & (invoices.day <= LATEST_ERROR) & (invoices.entity != SINGAPORE)
    in_time &= ~np.isin(np.arange(len(invoices)), sold.credit_notes.invoice) & stands(invoices)
    is_local = invoices.currency == LOCAL_CURRENCY[invoices.entity]
    day_of_month = invoices.day - days.first_of_month(days.month_of(invoices.day)) + 1
    next_month = days.first_of_month(days.month_of(invoices.day) + 1)
    posted_late = days.working_day_from(next_month + 1)

    def choose(name: str, condition: np.ndarray) -> np.ndarray:
        chosen = picked(np.flatnonzero(in_time & (error == 0) & condition), count, random)
        error[chosen] = CODE[name]
        return chosen

    # The rarest conditions choose first.
    late = choose("invoice_posted_one_period_late", is_local & (day_of_month <= 22) & (invoices.settled >= posted_late))
    wrong_day[late] = posted_late[late]
    late = choose("invoice_posted_one_day_late", is_local & (day_of_month <= 26) & (invoices.settled > invoices.day))
    wrong_day[late] += 1
    wrong = choose("invoice_currency_differs", invoices.currency != CURRENCY["JPY"])
    wrong_currency[wrong] = np.where(invoices.currency[wrong] == CURRENCY["USD"], CURRENCY["EUR"], CURRENCY["USD"])
    wrong = choose("invoice_amount_differs", invoices.total > 5_000)
    wrong_per_mille[wrong] = random.choice([900, 910, 950, 1050, 1090, 1100], len(wrong))
    everyone = np.ones(len(invoices), dtype=bool)
    choose("invoice_not_posted", everyone)
    twice = choose("invoice_posted_twice", day_of_month <= 24)
    wrong_day[twice] += random.integers(0, 3, len(twice))
    for name, chosen in _wrong_batches(random, invoices, max(1, count // 2)).items():
        error[chosen] = CODE[name]
        if name == "invoice_amount_differs":
            wrong_per_mille[chosen] = random.choice([900, 950, 1050, 1100], len(chosen))
        if name == "invoice_posted_twice":
            wrong_day[chosen] += random.integers(0, 3, len(chosen))
    # A transfer that named no invoice: its money is there, and the invoice stays open in billing. The ledger clears it.
    transferred = in_time & (error == 0) & invoices.sends_invoice & (invoices.fate == PAID)
    transferred &= invoices.settled <= _LATEST_TRANSFER
    chosen = picked(np.flatnonzero(transferred), count, draws.stream("error payment_not_applied"))
    error[chosen] = CODE["payment_not_applied"]
    return replace(
        sold,
        invoices=invoices.extended(
            error=error, wrong_day=wrong_day, wrong_currency=wrong_currency, wrong_per_mille=wrong_per_mille
        ),
    )


def _wrong_batches(random: np.random.Generator, invoices: Frame, count: int) -> dict[str, np.ndarray]:
    """The invoice in each wrong batch of Singapore: left out of it, counted wrong, or the first of one posted twice.

    Who is left out shows in what the batch lacks, so no other invoice of the day may have the same amount.
    """
    rows = np.flatnonzero(
        (invoices.entity == SINGAPORE)
        & stands(invoices)
        & (invoices.day >= EARLIEST_ERROR)
        & (invoices.day <= LATEST_ERROR)
    )
    day, size = np.unique(invoices.day[rows], return_counts=True)
    of_several = np.isin(invoices.day[rows], day[size > 1])
    key = invoices.day[rows] * 10**10 + invoices.total[rows]
    amount, equal = np.unique(key, return_counts=True)
    is_only = np.isin(key, amount[equal == 1])
    chosen, taken = {}, np.zeros(0, dtype=np.int64)
    for name, fits in (
        ("invoice_not_posted", of_several & is_only),
        ("invoice_amount_differs", of_several & (invoices.total[rows] > 5_000)),
        ("invoice_posted_twice", np.ones(len(rows), dtype=bool)),
    ):
        free = random.permutation(rows[fits & ~np.isin(invoices.day[rows], taken)])
        _, first = np.unique(invoices.day[free], return_index=True)
        chosen[name] = picked(free[first], count, random)
        taken = np.append(taken, invoices.day[chosen[name]])
    return chosen


def seeded_purchasing(draws: Draws, scale: float, bought: Purchasing, buys_elsewhere: np.ndarray) -> Purchasing:
    """Overheads on an account in no mapping (one entity per chart) and on the closed cost centre of logistics.

    Orders whose receipt and invoice do not agree; where an entity `buys_elsewhere` than in its ERP, invoices that the
    ledger gets not at all, or twice.
    """
    random = draws.stream("errors of overheads")
    overheads = bought.overheads
    error = np.zeros(len(overheads), dtype=np.int64)
    instead = np.zeros(len(overheads), dtype=np.int64)
    in_time = (overheads.day >= EARLIEST_ERROR) & (overheads.day <= LATEST_ERROR)
    for chart in range(max(CHART_OF_ENTITY) + 1):
        entity = random.choice(np.flatnonzero(np.array(CHART_OF_ENTITY) == chart))
        chosen = picked(np.flatnonzero(in_time & (overheads.entity == entity)), handful(scale), random)
        error[chosen] = CODE["missing_account_mapping"]
        instead[chosen] = UNMAPPED_ACCOUNT
    closed = in_time & (error == 0) & (overheads.day > LOGISTICS_CLOSES)
    chosen = picked(np.flatnonzero(closed), handful(scale), random)
    error[chosen] = CODE["closed_cost_centre"]
    instead[chosen] = logistics(overheads.entity[chosen])
    overheads = overheads.extended(error=error, instead=instead)
    return replace(_seeded_orders(draws, scale, bought, buys_elsewhere), overheads=overheads)


def _seeded_orders(draws: Draws, scale: float, bought: Purchasing, buys_elsewhere: np.ndarray) -> Purchasing:
    """What the errors of orders change stands beside what is right; what is in dispute is paid by nobody."""
    random = draws.stream("errors of purchase orders")
    orders, items = bought.orders, bought.items
    error = np.zeros(len(orders), dtype=np.int64)
    in_time = (orders.received >= EARLIEST_ERROR) & (orders.invoiced <= LATEST_ERROR)

    def choose(name: str, condition: np.ndarray) -> np.ndarray:
        chosen = picked(np.flatnonzero(in_time & (error == 0) & condition), handful(scale), random)
        error[chosen] = CODE[name]
        return chosen

    everything = np.ones(len(orders), dtype=bool)
    first = np.flatnonzero(items.number == 0)
    choose("receipt_below_invoice", items.quantity[first] > 1)
    for name in ("receipt_never_invoiced", "receipt_never_entered", "purchase_price_differs"):
        choose(name, everything)
    choose("supplier_invoice_not_posted", buys_elsewhere[orders.entity])
    twice = choose("supplier_invoice_posted_twice", buys_elsewhere[orders.entity])
    again = orders.invoiced.copy()
    again[twice] = days.working_day_from(again[twice] + random.integers(1, 5, len(twice)))

    # Of the first item a quarter is missing, or it is a tenth dearer than ordered.
    is_first = items.number == 0
    unit = 10 ** MINOR_UNITS[orders.currency[items.order]]
    dearer = items.price + np.maximum(items.price // 10 // unit, 1) * unit
    items = items.extended(
        short_quantity=np.where(is_first, items.quantity - np.maximum(items.quantity // 4, 1), items.quantity),
        wrong_price=np.where(is_first, dearer, items.price),
    )
    wrong_net = sum_by(items.order, items.wrong_price * items.quantity, len(orders))
    disputed = [
        CODE[name] for name in ("receipt_never_invoiced", "purchase_price_differs", "supplier_invoice_not_posted")
    ]
    orders = orders.extended(
        error=error,
        invoiced_again=again,
        short_net=sum_by(items.order, items.price * items.short_quantity, len(orders)),
        wrong_net=wrong_net,
        wrong_tax=scaled(wrong_net, orders.tax_per_mille, 1000),
        paid=np.where(np.isin(error, disputed), NEVER, orders.paid),
    )
    return replace(bought, orders=orders, items=items)


def seeded_rest(draws: Draws, scale: float, customers: Frame, offered: Pipeline, sold: Subscriptions) -> Seeded:
    """The errors of master data, contracts, rates and usage."""
    usage, usage_months = _unbilled_usage(draws, scale, sold)
    return Seeded(
        contracts=_duplicate_contracts(draws, scale, sold),
        name_variants=_name_variants(draws, scale, customers, offered, sold),
        hierarchies=_hierarchies(draws, scale, customers),
        rate_gaps=_rate_gaps(draws, scale),
        usage=usage,
        usage_months=usage_months,
    )


def _duplicate_contracts(draws: Draws, scale: float, sold: Subscriptions) -> Frame:
    random = draws.stream("error duplicate_contract_id")
    subscriptions = sold.subscriptions
    candidates = np.flatnonzero(subscriptions.start <= LATEST_ERROR)
    chosen = picked(candidates, handful(scale), random)
    return Frame(
        subscription=chosen, day=days.working_day_from(subscriptions.start[chosen] + random.integers(1, 9, len(chosen)))
    )


def _name_variants(draws: Draws, scale: float, customers: Frame, offered: Pipeline, sold: Subscriptions) -> Frame:
    """Customers somebody works with, outside groups: an unknown parent would make its daughters' hierarchy differ."""
    random = draws.stream("error customer_name_variant")
    number = np.arange(len(customers)) - parties.FIRST_CUSTOMER
    alone = (number >= 0) & (number % 8 > 2) & customers.has_tax_id & (customers.created <= LATEST_ERROR)
    opportunities = offered.opportunities
    is_open_in_time = (opportunities.created <= LATEST_ERROR) & (opportunities.deleted == NEVER)
    courted = np.unique(opportunities.customer[is_open_in_time])
    in_crm = picked(courted[alone[courted]], handful(scale), random)
    subscribed = np.unique(sold.subscriptions.customer[sold.subscriptions.start <= LATEST_ERROR])
    in_billing = picked(np.setdiff1d(subscribed[alone[subscribed]], in_crm), handful(scale), random)
    return Frame(
        customer=np.concatenate([in_crm, in_billing]), system=np.repeat([0, 1], [len(in_crm), len(in_billing)])
    )


def _hierarchies(draws: Draws, scale: float, customers: Frame) -> Frame:
    random = draws.stream("error hierarchy_differs")
    daughters = np.flatnonzero((customers.parent >= 0) & (customers.created <= LATEST_ERROR))
    chosen = picked(daughters, handful(scale), random)
    heads = np.unique(customers.parent[daughters])
    right = np.searchsorted(heads, customers.parent[chosen])
    wrong = heads[(right + 1 + random.integers(0, len(heads) - 1, len(chosen))) % len(heads)]
    return Frame(customer=chosen, parent=wrong)


def _rate_gaps(draws: Draws, scale: float) -> Frame:
    """Another currency and month end for each gap; the currencies are those the subsidiaries keep books in."""
    random = draws.stream("error missing_fx_rate")
    currencies = np.array([CURRENCY[code] for code in ("GBP", "CAD", "SGD")])
    count = min(handful(scale), 6)
    months = np.sort(
        random.choice(
            np.arange(days.month_of(np.array([EARLIEST_ERROR]))[0] + 1, days.month_of(np.array([LATEST_ERROR]))[0]),
            count,
            replace=False,
        )
    )
    month_end = days.last_of_month(months)
    return Frame(
        currency=currencies[(random.integers(0, 3) + np.arange(count)) % len(currencies)],
        month_end=month_end,
        first=month_end - _GAP_BEFORE,
        last=month_end + _GAP_AFTER,
    )


def _unbilled_usage(draws: Draws, scale: float, sold: Subscriptions) -> tuple[Frame, Frame]:
    """Minutes measured in a month that had none: the invoice of the next month does not know them."""
    random = draws.stream("error usage_not_billed")
    months = sold.usage_months
    begins = days.month_of(sold.subscriptions.start[months.subscription])
    last = days.month_of(np.array([LATEST_ERROR]))[0] - 1
    # A customer whose other subscription was measured that month would only be billed too little.
    customer = sold.subscriptions.customer[months.subscription]
    key = customer * 10_000 + months.month
    is_billed = np.isin(key, key[~months.is_quiet])
    candidates = np.flatnonzero(months.is_quiet & ~is_billed & (months.month > begins) & (months.month <= last))
    candidates = candidates[np.unique(key[candidates], return_index=True)[1]]
    chosen = months.take(picked(candidates, handful(scale), random))
    row, place = expanded(np.full(len(chosen), _DAYS_OF_EXTRA_USAGE))
    day = days.working_day_from(days.first_of_month(chosen.month[row]) + 2 + 6 * place)
    quantity = random.integers(50, 500, len(row))
    total = sum_by(row, quantity, len(chosen))
    usage = Frame(subscription=chosen.subscription[row], day=day, quantity=quantity)
    return usage, chosen.extended(quantity=total, amount=rated(total, chosen.price))
