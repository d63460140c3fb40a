"""What the company really looks like on a day, from its events: the figures the warehouse must meet to the cent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dlt_sources.sandbox.company import bank, catalogue, chart, days, group, parties, payroll, pipeline, planning, text
from dlt_sources.sandbox.company.books import ERPS
from dlt_sources.sandbox.company.chart import ACCOUNT, CHART_OF_ENTITY, CHARTS
from dlt_sources.sandbox.company.columns import currencies, dates, money, whole
from dlt_sources.sandbox.company.days import FIRST_DAY, NEVER
from dlt_sources.sandbox.company.frame import Frame, expanded, sum_by
from dlt_sources.sandbox.company.group import (
    CURRENCIES,
    ENTITIES,
    LOCAL_CURRENCY,
    STAGES,
    STARTS_IN_APRIL,
    UNKNOWN_STAGES,
)
from dlt_sources.sandbox.company.journal import LEDGERS
from dlt_sources.sandbox.company.postings import recognised_until
from dlt_sources.sandbox.company.rates import scaled
from dlt_sources.sandbox.company.subscriptions import USAGE, monthly_recurring
from dlt_sources.sandbox.company.vendors import opening
from dlt_sources.sandbox.company.vendors.erp import purchase_order_numbers

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

_SPECIAL_PERIOD = 13
MOVEMENT_TYPES = ("new", "reactivation", "expansion", "contraction", "churn")
_IS_BALANCE_SHEET = np.array(chart.IS_BALANCE_SHEET)


def trial_balances(snapshot: Snapshot) -> pa.Table:
    """Per ledger, entity, fiscal period and account: opening + debits + credits = closing, in local currency.

    From the first posting of an account on, every period up to that of the day; a special period where it was used.
    At a new fiscal year income and expense begin at 0, and last year's result is in retained earnings.
    """
    lines = snapshot.journal.lines(snapshot.journal.rows)
    slots = _period_slots(snapshot, lines)
    accounts = len(ACCOUNT)
    group_key = (lines.ledger.astype(np.int64) * len(ENTITIES) + lines.entity) * accounts + lines.account
    groups = len(LEDGERS) * len(ENTITIES) * accounts
    width = len(slots.year[0])
    slot = slots.of(lines)
    debit = sum_by(group_key * width + slot, np.maximum(lines.local, 0), groups * width).reshape(groups, width)
    credit = sum_by(group_key * width + slot, np.minimum(lines.local, 0), groups * width).reshape(groups, width)
    shape = (len(LEDGERS), len(ENTITIES), accounts, width)
    debit, credit = debit.reshape(shape), credit.reshape(shape)
    opening, first = _carried_forward(debit, credit, slots)
    ledger, entity, account, place = np.nonzero((np.arange(width) >= first[..., None]) & slots.used[None, :, None, :])
    at = (ledger, entity, account, place)
    local = LOCAL_CURRENCY[entity]
    kept_in = _erp_of(snapshot, entity, slots.end(entity, place))
    number = [number for code in CHARTS for number in chart.ACCOUNT_NUMBERS[code]]
    chart_of = np.array(CHART_OF_ENTITY)[entity]
    return pa.table(
        {
            "source_entity_id": text.chosen(group.ENTITY_CODES, entity),
            "ledger": _ledgers(ledger, kept_in),
            "fiscal_year": whole(slots.year[entity, place]),
            "fiscal_period": whole(slots.period[entity, place]),
            "source_account_id": text.chosen([text.unpadded(code) for code in number], chart_of * accounts + account),
            "chart": text.chosen(
                [ERPS[system].chart_code(at) for at in range(len(ENTITIES)) for system in ERPS],
                entity * len(ERPS) + kept_in,
            ),
            "currency": currencies(local),
            "opening": money(opening[at], local),
            "debits": money(debit[at], local),
            "credits": money(credit[at], local),
            "closing": money((opening + debit + credit)[at], local),
        }
    )


def _ledgers(ledger: np.ndarray, kept_in: np.ndarray) -> pa.Array:
    """What the ERP of a period calls the ledgers."""
    names = [name for erp in ERPS.values() for name in erp.ledgers]
    return text.chosen(names, kept_in * len(LEDGERS) + ledger)


def _erp_of(snapshot: Snapshot, entity: np.ndarray, day: np.ndarray) -> np.ndarray:
    """The position of the ERP that keeps the books of each row's entity on the row's day."""
    kept = [snapshot.books.keeps_on(system, entity, day) for system in ERPS]
    return np.argmax(np.array(kept), axis=0)


class _Slots:
    """Fiscal periods in a row, the special one after its year's last; `used` says which exist for an entity."""

    def __init__(self, year: np.ndarray, period: np.ndarray, used: np.ndarray):
        self.year, self.period, self.used = year, period, used

    def of(self, lines: Frame) -> np.ndarray:
        """The slot of each line."""
        first = self.year[:, 0] * _SPECIAL_PERIOD + self.period[:, 0]
        return lines.fiscal_year.astype(np.int64) * _SPECIAL_PERIOD + lines.period - first[lines.entity]

    def end(self, entity: np.ndarray, place: np.ndarray) -> np.ndarray:
        """The last day of an entity's slots; special ones end with the year."""
        year, period = self.year[entity, place], np.minimum(self.period[entity, place], _SPECIAL_PERIOD - 1)
        return days.last_of_month((year - 1970) * 12 + period - 1 + np.where(STARTS_IN_APRIL[entity], 3, 0))


def _period_slots(snapshot: Snapshot, lines: Frame) -> _Slots:
    first_year, first_period = days.fiscal_year_and_period(np.full(len(ENTITIES), days.FIRST_DAY), STARTS_IN_APRIL)
    last_year, last_period = days.fiscal_year_and_period(np.full(len(ENTITIES), snapshot.day), STARTS_IN_APRIL)
    first = first_year * _SPECIAL_PERIOD + first_period - 1
    last = last_year * _SPECIAL_PERIOD + last_period - 1
    width = int((last - first).max()) + 1
    position = first[:, None] + np.arange(width)
    year, period = position // _SPECIAL_PERIOD, position % _SPECIAL_PERIOD + 1
    used = (position <= last[:, None]) & (period < _SPECIAL_PERIOD)
    slots = _Slots(year, period, used)
    special = lines.take(lines.period == _SPECIAL_PERIOD)
    used[special.entity, slots.of(special)] = True
    return slots


def _carried_forward(debit: np.ndarray, credit: np.ndarray, slots: _Slots) -> tuple[np.ndarray, np.ndarray]:
    """Opening balances by (ledger, entity, account, slot), and the first slot with a posting of each account.

    An account that never was posted to has a first slot beyond the last; retained earnings begin at the latest with
    the first result carried forward.
    """
    movement = debit + credit
    width = movement.shape[-1]
    opening = np.zeros_like(movement)
    moved = (debit != 0) | (credit != 0)
    first = np.where(moved.any(axis=-1), moved.argmax(axis=-1), width)
    balance = np.zeros(movement.shape[:-1], dtype=np.int64)
    earnings = ACCOUNT["RETAINED_EARNINGS"]
    for place in range(width):
        if place:
            new_year = slots.year[:, place] > slots.year[:, place - 1]
            result = np.where(new_year[None, :], balance[:, :, ~_IS_BALANCE_SHEET].sum(axis=-1), 0)
            balance[:, :, earnings] += result
            first[:, :, earnings] = np.where(
                result != 0, np.minimum(first[:, :, earnings], place), first[:, :, earnings]
            )
            balance[:, :, ~_IS_BALANCE_SHEET] *= np.where(new_year[None, :, None], 0, 1)
        opening[..., place] = balance
        balance = balance + movement[..., place]
    return opening, first


# Open items


def _codes(numbers: pa.Array) -> pa.Array:
    """Codes of digits without their zeros."""
    return pc.utf8_ltrim(numbers, "0")


def _open_items(snapshot: Snapshot, is_of_subledger: np.ndarray) -> pa.Table:
    """Items open at each month end and on the day itself, as known on the day.

    An item is open on a date when it is posted by then and not cleared by then; the clearing counts from the posting
    date of the clearing document.
    """
    view = snapshot.journal
    rows = view.rows[is_of_subledger[view.rows]]
    lines = view.lines(rows)
    clearing, _ = view.clearing(rows)
    cleared = np.where(clearing >= 0, view.journal.documents.posting[np.maximum(clearing, 0)], NEVER)
    first, last = days.month_of(np.array([FIRST_DAY, snapshot.day]))
    ends = days.last_of_month(np.arange(first, last + 1))
    ends = np.append(ends[ends < snapshot.day], snapshot.day)
    for moved in snapshot.books.cut_overs:
        # What nobody brought over is in no books any more.
        forgotten = rows == opening.forgotten_item(snapshot, moved)
        cleared = np.where(forgotten, np.minimum(cleared, moved.until + 1), cleared)
    opened = np.searchsorted(ends, lines.posting)
    closed = np.searchsorted(ends, cleared)
    item, place = expanded(np.maximum(closed - opened, 0))
    on = ends[opened[item] + place]
    lines = lines.take(item)
    entity = lines.entity
    is_customer = lines.customer >= 0
    customer = _codes(parties.customer_numbers(np.maximum(lines.customer, 0)))
    supplier = _codes(parties.supplier_numbers(np.maximum(lines.supplier, 0)))
    company = text.chosen([snapshot.books.erp(at).record_id("partners", at, "") for at in range(len(ENTITIES))], entity)
    accounts = [text.unpadded(number) for code in CHARTS for number in chart.ACCOUNT_NUMBERS[code]]
    # What was open when an entity moved is a document of its own in the new books.
    kept_in = _erp_of(snapshot, entity, on)
    is_brought_over = kept_in != _erp_of(snapshot, entity, lines.posting)
    line = np.where(is_brought_over, 1, lines.line)
    keys = snapshot.books.document_keys(view.journal, entity, lines.document, line, on)
    year = lines.fiscal_year.astype(np.int64)
    for moved in snapshot.books.cut_overs:
        moved_in, _ = days.fiscal_year_and_period(np.array([moved.until]), STARTS_IN_APRIL[[moved.entity]])
        year = np.where(is_brought_over & (entity == moved.entity), moved_in[0], year)
    return pa.table(
        {
            "open_on": dates(on),
            "source_entity_id": text.chosen(group.ENTITY_CODES, entity),
            "source_counterparty_id": text.joined(company, text.where(is_customer, customer, supplier)),
            "fiscal_year": whole(year),
            "document_number": text.plain(keys[:, 0]),
            "line_number": text.plain(keys[:, 1]),
            "source_account_id": text.chosen(
                accounts, np.array(CHART_OF_ENTITY)[entity] * len(ACCOUNT) + lines.account
            ),
            "transaction_currency": currencies(lines.currency),
            "amount_transaction": money(lines.amount, lines.currency),
            "local_currency": currencies(LOCAL_CURRENCY[entity]),
            "amount_local": money(lines.local, LOCAL_CURRENCY[entity]),
        }
    )


def ar_open_items(snapshot: Snapshot) -> pa.Table:
    """Open customer items at each month end and on the day."""
    return _open_items(snapshot, snapshot.journal.journal.lines.is_receivable)


def ap_open_items(snapshot: Snapshot) -> pa.Table:
    """Open supplier items at each month end and on the day."""
    return _open_items(snapshot, snapshot.journal.journal.lines.is_payable)


# Recurring revenue


def _recurring_by_month(snapshot: Snapshot) -> tuple[Frame, np.ndarray, np.ndarray]:
    """Customers with their currency, the months that are over by the day, and the MRR at each month's end."""
    sold = snapshot.world.subscriptions
    periods = sold.periods
    of = sold.subscriptions.take(periods.subscription)
    recurring = monthly_recurring(sold.subscriptions, periods)
    first, last = days.month_of(np.array([FIRST_DAY, snapshot.day + 1]))
    months = np.arange(first, last)
    ends = days.last_of_month(months)
    # A period [start, end) counts at the month ends that lie in it.
    from_month, to_month = np.searchsorted(ends, periods.start), np.searchsorted(ends, periods.end)
    row, place = expanded(to_month - from_month)
    key = of.customer * len(CURRENCIES) + of.currency
    keys, customer = np.unique(key, return_inverse=True)
    amount = sum_by(customer[row] * len(months) + from_month[row] + place, recurring[row], len(keys) * len(months))
    customers = Frame(customer=keys // len(CURRENCIES), currency=keys % len(CURRENCIES))
    return customers, months, amount.reshape(len(keys), len(months))


def _billed_as(snapshot: Snapshot, customers: np.ndarray) -> pa.Array:
    """What billing calls customers, whichever vendor bills them."""
    return snapshot.billing.customer_ids(snapshot.world.customers.entity[customers], customers)


def mrr_month_end(snapshot: Snapshot) -> pa.Table:
    """Monthly recurring revenue of each billed customer at each month end that is over; zeros left out."""
    customers, months, amount = _recurring_by_month(snapshot)
    row, place = np.nonzero(amount)
    return pa.table(
        {
            "month": dates(days.first_of_month(months[place])),
            "source_customer_id": _billed_as(snapshot, customers.customer[row]),
            "transaction_currency": currencies(customers.currency[row]),
            "amount": money(amount[row, place], customers.currency[row]),
        }
    )


def mrr_movements(snapshot: Snapshot) -> pa.Table:
    """What moved each customer's MRR from one month end to the next: one row per customer, month and kind."""
    customers, months, amount = _recurring_by_month(snapshot)
    before = np.hstack([np.zeros((len(amount), 1), dtype=np.int64), amount[:, :-1]])
    had_some = np.cumsum(before > 0, axis=1) > 0
    kind = np.select([(before == 0) & ~had_some, before == 0, amount == 0, amount > before], [0, 1, 4, 2], default=3)
    row, place = np.nonzero(amount - before)
    return pa.table(
        {
            "month": dates(days.first_of_month(months[place])),
            "source_customer_id": _billed_as(snapshot, customers.customer[row]),
            "transaction_currency": currencies(customers.currency[row]),
            "movement_type": text.chosen(list(MOVEMENT_TYPES), kind[row, place]),
            "amount": money((amount - before)[row, place], customers.currency[row]),
        }
    )


def deferred_revenue(snapshot: Snapshot) -> pa.Table:
    """What is billed and not yet earned at each month end that is over, per entity and currency, of clean invoices.

    A voided invoice waits from its day until it is voided, if the ledger saw it at all; a draft bills nothing.
    """
    sold = snapshot.world.subscriptions
    lines = sold.lines
    invoice = sold.invoices.take(lines.invoice)
    # Usage was earned before it was billed; it stays deferred until the end of the month of its invoice.
    is_usage = lines.charge_type == USAGE
    net = lines.amount - lines.discount
    first, last = days.month_of(np.array([FIRST_DAY, snapshot.day + 1]))
    months = np.arange(first, last)
    groups = len(ENTITIES) * len(CURRENCIES)
    rows = []
    for month_end in days.last_of_month(months):
        earned = np.where(is_usage, net, recognised_until(lines, net, month_end))
        earned = np.where(invoice.voided < NEVER, 0, earned)
        waiting = np.where((invoice.day <= month_end) & (month_end < invoice.voided), net - earned, 0)
        rows.append(sum_by(invoice.entity * len(CURRENCIES) + invoice.currency, waiting, groups))
    amount = np.array(rows).reshape(len(months), groups)
    place, key = np.nonzero(amount)
    return pa.table(
        {
            "month_end": dates(days.last_of_month(months[place])),
            "source_entity_id": text.chosen(group.ENTITY_CODES, key // len(CURRENCIES)),
            "transaction_currency": currencies(key % len(CURRENCIES)),
            "amount": money(amount[place, key], key % len(CURRENCIES)),
        }
    )


# Pipeline and bookings


def pipeline_daily(snapshot: Snapshot) -> pa.Table:
    """At the end of every day: opportunities and their amount per stage, governed category and currency.

    Deleted opportunities leave on the day of their deletion.
    """
    opportunities = snapshot.world.pipeline.opportunities
    entries = pipeline.stage_entries(opportunities, "unknown_stage" in snapshot.switches)
    stages, kinds, moneys = len(STAGES) + len(UNKNOWN_STAGES), len(group.RECORD_TYPES), len(CURRENCIES)
    first = int(opportunities.created.min())
    length = snapshot.day - first + 1
    count = np.zeros((stages * kinds * moneys, length + 1), dtype=np.int64)
    amount = np.zeros_like(count)
    for place, (entered, stage) in enumerate(entries):
        # Until the next step that is taken at all, or the deletion.
        left = np.minimum.reduce([opportunities.deleted, *(begins for begins, _ in entries[place + 1 :])])
        value = np.where(entered >= opportunities.proposed, opportunities.amount, pipeline.first_guess(opportunities))
        group_of = (stage * kinds + opportunities.kind) * moneys + opportunities.currency
        rows = np.flatnonzero((entered <= snapshot.day) & (left > entered))
        begin = entered[rows] - first
        end = np.minimum(left[rows] - first, length)
        for total, what in ((count, np.ones(len(rows), dtype=np.int64)), (amount, value[rows])):
            np.add.at(total, (group_of[rows], begin), what)
            np.add.at(total, (group_of[rows], end), -what)
    count, amount = np.cumsum(count, axis=1), np.cumsum(amount, axis=1)
    key, place = np.nonzero(count[:, :length])
    stage, kind, currency = key // moneys // kinds, key // moneys % kinds, key % moneys
    categories = [category for stage in STAGES for category, _ in stage.governed]
    categories += ["unmapped"] * (len(UNKNOWN_STAGES) * kinds)
    return pa.table(
        {
            "date": dates(first + place),
            "record_type": text.chosen(list(group.RECORD_TYPES), kind),
            "stage_name": text.chosen([s.name for s in STAGES] + list(UNKNOWN_STAGES), stage),
            "forecast_category": text.chosen(categories, stage * kinds + kind),
            "transaction_currency": currencies(currency),
            "amount": money(amount[key, place], currency),
            "opportunities": whole(count[key, place]),
        }
    )


def bookings(snapshot: Snapshot) -> pa.Table:
    """Lines of won opportunities at their close date; ACV = TCV per year of term, a term under a year counts as is."""
    sold = snapshot.world.pipeline
    of = sold.opportunities.take(sold.lines.opportunity)
    rows = np.flatnonzero(of.is_won & (of.closed <= snapshot.day))
    lines, of = sold.lines.take(rows), of.take(rows)
    yearly = scaled(lines.total, 12, np.maximum(lines.term, 12))
    return pa.table(
        {
            "opportunity_number": text.joined("OPP-", text.padded(lines.opportunity + 1, 6)),
            "line": whole(lines.number + 1),
            "booking_date": dates(of.closed),
            "source_entity_id": text.chosen(group.ENTITY_CODES, of.entity),
            "product_code": text.chosen(catalogue.CODES, lines.product),
            "transaction_currency": currencies(of.currency),
            "tcv": money(lines.total, of.currency),
            "acv": money(yearly, of.currency),
        }
    )


def plan_lines(snapshot: Snapshot) -> pa.Table:
    """The plan in all versions made so far; amounts positive for revenue and for cost."""
    made = np.array([version.made_on for version in planning.VERSIONS])
    plan = snapshot.world.plan
    plan = plan.take(made[plan.version] <= snapshot.day)
    local = LOCAL_CURRENCY[plan.entity]
    return pa.table(
        {
            "version_name": text.chosen([version.name for version in planning.VERSIONS], plan.version),
            "source_entity_id": text.chosen(group.ENTITY_CODES, plan.entity),
            "group_account_code": text.chosen([account.code for account in chart.GROUP_ACCOUNTS], plan.account),
            "source_cost_centre_id": text.chosen([c.number for c in group.COST_CENTRES] + [None], plan.cost_centre),
            "product_family_code": text.chosen([code for code, _ in catalogue.FAMILIES] + [None], plan.family),
            "month": dates(days.first_of_month(plan.month)),
            "transaction_currency": currencies(local),
            "amount": money(plan.amount, local),
        }
    )


# Cash


def bank_balances(snapshot: Snapshot) -> pa.Table:
    """What stands on each bank account at the end of the day, as its bank has booked it; money in the bank > 0."""
    booked = snapshot.bank
    accounts = np.unique(booked.account)
    balance = sum_by(booked.account, booked.amount, len(bank.ACCOUNTS))[accounts]
    chosen = [bank.ACCOUNTS[account] for account in accounts]
    currency = np.array([account.currency for account in chosen], dtype=np.int64)
    return pa.table(
        {
            "source_instance": [account.bank.instance for account in chosen],
            "source_bank_account_id": [account.number for account in chosen],
            "source_entity_id": [group.ENTITY_CODES[account.entity] for account in chosen],
            "currency": currencies(currency),
            "balance": money(balance, currency),
        }
    )


def payroll_costs(snapshot: Snapshot) -> pa.Table:
    """What the pay runs cost per entity, month, cost centre and account, in local currency."""
    runs = payroll.visible_runs(snapshot)
    kinds = (payroll.BASE_PAY, payroll.SOCIAL_SECURITY)
    count = len(runs)
    entity = np.tile(runs.entity, len(kinds))
    accounts = [payroll.account_number(position, kind) for position in range(len(ENTITIES)) for kind in kinds]
    return pa.table(
        {
            "source_instance": [payroll.office_of(position).instance for position in entity],
            "source_entity_id": text.chosen(group.ENTITY_CODES, entity),
            "month": dates(days.first_of_month(np.tile(runs.month, len(kinds)))),
            "source_cost_centre_id": text.chosen(
                [centre.number for centre in group.COST_CENTRES], np.tile(runs.cost_centre, len(kinds))
            ),
            "source_account_id": text.chosen(accounts, entity * len(kinds) + np.repeat([0, 1], count)),
            "currency": currencies(LOCAL_CURRENCY[entity]),
            "amount": money(np.concatenate([runs.wage, runs.social]), LOCAL_CURRENCY[entity]),
        }
    )


def purchase_order_lines(snapshot: Snapshot) -> pa.Table:
    """What was ordered, received, invoiced and paid per line of an order, net of tax, where some system shows it.

    What an order has received counts at the order's price; an invoice counts from its approval on.
    """
    orders, items = snapshot.purchases
    today = snapshot.day
    shown = [snapshot.procurement.instance(snapshot.books, entity) for entity in range(len(ENTITIES))]
    known = (orders.day <= today) & np.array([instance is not None for instance in shown])[orders.entity]
    items = items.take(known[items.order])
    of = orders.take(items.order)
    elsewhere = snapshot.procurement.buys_elsewhere()[of.entity]
    invoiced = np.where(of.invoiced <= today, items.invoiced_price * items.quantity, 0)
    return pa.table(
        {
            "source_instance": text.chosen([instance or "" for instance in shown], of.entity),
            "purchase_order": _codes(purchase_order_numbers(items.order)),
            # SAP counts items in tens.
            "line_number": text.plain((items.number + 1) * np.where(elsewhere, 1, 10)),
            "source_entity_id": text.chosen(group.ENTITY_CODES, of.entity),
            "currency": currencies(of.currency),
            "ordered": money(items.price * items.quantity, of.currency),
            "received": money(np.where(of.received <= today, items.price * items.received_quantity, 0), of.currency),
            "invoiced": money(invoiced, of.currency),
            "paid": money(np.where(of.paid <= today, invoiced, 0), of.currency),
        }
    )


TABLES = {
    make.__name__: make
    for make in (
        trial_balances,
        ar_open_items,
        ap_open_items,
        mrr_month_end,
        mrr_movements,
        deferred_revenue,
        pipeline_daily,
        bookings,
        plan_lines,
        bank_balances,
        payroll_costs,
        purchase_order_lines,
    )
}
