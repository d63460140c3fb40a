"""The answer key: errors that can be seen on a day, with key, cause, owner and amount of the exception each raises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dlt_sources.sandbox.company import catalogue, chart, days, group, news, parties, payroll, pipeline
from dlt_sources.sandbox.company.bank import ACCOUNTS, IN_TRANSIT_DAYS, entry_keys
from dlt_sources.sandbox.company.books import ERPS, Erp
from dlt_sources.sandbox.company.columns import dates, money
from dlt_sources.sandbox.company.errors import CAUSES, CODE, EXCEPTION_TYPES
from dlt_sources.sandbox.company.group import (
    AFFILIATE_WINDOW_DAYS,
    APPLICATION_WINDOW_DAYS,
    BILLING,
    CRM,
    CURRENCIES,
    CURRENCY,
    ENTITY_CODES,
    GROUP_CURRENCY,
    INVOICE_WINDOW_DAYS,
    LOCAL_CURRENCY,
    ORDER_WINDOW_DAYS,
    PAYABLE_WINDOW_DAYS,
    POSTING_WINDOW_DAYS,
    SINGAPORE,
    UNKNOWN_STAGES,
    owner_of,
)
from dlt_sources.sandbox.company.machines import CANCELLATION
from dlt_sources.sandbox.company.purchasing import invoice_date
from dlt_sources.sandbox.company.rates import scaled
from dlt_sources.sandbox.company.text import stripe_ids, unpadded, zuora_ids
from dlt_sources.sandbox.company.vendors import opening
from dlt_sources.sandbox.company.vendors.chargebee import metered_price_ids, payment_ids
from dlt_sources.sandbox.company.vendors.coupa import supplier_ids
from dlt_sources.sandbox.company.vendors.erp import (
    affiliate_charge_numbers,
    known_customers,
    opportunity_numbers,
    posting_batches,
    purchase_order_numbers,
    supplier_references,
)
from dlt_sources.sandbox.company.vendors.invoicing import contract_numbers, invoice_numbers
from dlt_sources.sandbox.company.vendors.stripe import meter_id
from dlt_sources.sandbox.company.vendors.zuora import meter_ids

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.books import CutOver
    from dlt_sources.sandbox.company.world import Snapshot

# What each billing vendor calls the meter of machine minutes of customers by currency.
_METERS: dict[str, Callable[[np.ndarray], str]] = {
    "stripe": lambda currency: meter_id(),
    "chargebee": lambda currency: _one(metered_price_ids(currency)),
    "zuora": lambda currency: _one(meter_ids(len(currency))),
}
# The key of a payment by position of its charge. Two vendors have a part per invoice it settles: this settles none.
_PAYMENTS: dict[str, Callable[[np.ndarray], tuple[str, ...]]] = {
    "stripe": lambda rows: (_one(stripe_ids("ch", rows)),),
    "chargebee": lambda rows: (_one(payment_ids(rows)), ""),
    "zuora": lambda rows: (_one(zuora_ids("payment", rows)), ""),
}
# The ERPs whose sales orders are read.
_ERPS_WITH_ORDERS = ("sap_s4hana", "netsuite")
SCHEMA = pa.schema(
    [
        ("error_class", pa.string()),
        ("exception_type", pa.string()),
        ("cause", pa.string()),
        ("natural_key", pa.string()),
        ("entity_code", pa.string()),
        ("owner", pa.string()),
        ("amount_transaction", pa.decimal128(23, 2)),
        ("transaction_currency", pa.string()),
        ("note", pa.string()),
    ]
)


@dataclass(frozen=True)
class Label:
    """One visible error; `amount` in minor units of `currency`, both None for types that have none."""

    key: tuple[str, ...]
    note: str
    entity: int | None = None
    amount: int | None = None
    currency: int | None = None
    # Where it differs from the one of the error's class.
    exception_type: str | None = None
    # Where it differs from the one of the exception's type.
    cause: str | None = None


def table(snapshot: Snapshot) -> pa.Table:
    """One row per error that can be seen; amounts in transaction currency."""
    rows = [
        _row(error_class, label)
        for error_class, find in _FINDERS.items()
        if error_class in snapshot.switches
        for label in find(snapshot)
    ]
    return pa.Table.from_pylist(rows, SCHEMA)


def _row(error_class: str, label: Label) -> dict[str, object]:
    exception_type = label.exception_type or EXCEPTION_TYPES[error_class]
    entity_code = None if label.entity is None else ENTITY_CODES[label.entity]
    has_amount = label.amount is not None
    return {
        "error_class": error_class,
        "exception_type": exception_type,
        "cause": label.cause or CAUSES.get(exception_type),
        "natural_key": "|".join(label.key),
        "entity_code": entity_code,
        "owner": owner_of(exception_type, entity_code),
        "amount_transaction": money(np.array([label.amount]), np.array([label.currency]))[0].as_py()
        if has_amount
        else None,
        "transaction_currency": CURRENCIES[label.currency] if has_amount else None,
        "note": label.note,
    }


def _one(ids: pa.Array) -> str:
    return ids[0].as_py()


def _books_of(snapshot: Snapshot, entities: np.ndarray) -> Iterator[tuple[int, Erp]]:
    """Each of these entities with every ERP it keeps its books in, or did."""
    return ((entity, erp) for entity in entities for erp in snapshot.books.erps(entity))


def _unmapped_accounts(snapshot: Snapshot) -> Iterator[Label]:
    overheads = snapshot.world.purchasing.overheads
    rows = np.flatnonzero((overheads.error == CODE["missing_account_mapping"]) & (overheads.day <= snapshot.day))
    for entity, erp in _books_of(snapshot, np.unique(overheads.entity[rows])):
        code = chart.CHARTS[chart.CHART_OF_ENTITY[entity]]
        number = chart.ACCOUNT_NUMBERS[code][chart.UNMAPPED_ACCOUNT]
        own = snapshot.books.keeps_on(erp.system, overheads.entity[rows], overheads.day[rows])
        posted = overheads.net[rows[(overheads.entity[rows] == entity) & own]]
        # A balance that was brought over has no group account either.
        brought = any(
            opening.balances(snapshot, moved)[0, chart.UNMAPPED_ACCOUNT]
            for moved in opening.done(snapshot, erp.system)
            if moved.entity == entity
        )
        if not (len(posted) or brought):
            continue
        yield Label(
            (erp.instance, erp.chart_code(entity), unpadded(number)),
            f"{len(posted)} lines on an account in no mapping",
            entity,
            int(np.abs(posted).sum()),
            LOCAL_CURRENCY[entity],
        )


def _unmapped_products(snapshot: Snapshot) -> Iterator[Label]:
    machines, today = snapshot.world.machines, snapshot.day
    items, billed = machines.items, machines.billing_items
    for product in catalogue.UNMAPPED_PRODUCTS:
        is_sold = items.unmapped_product == catalogue.PRODUCT[product.code]
        # What is ordered and not yet billed is no revenue without a family.
        rows = is_sold[billed.item] & (machines.billings.day[billed.billing] <= today)
        if not rows.any():
            continue
        entity = machines.orders.entity[items.order[is_sold][0]]
        # A cancelled invoice and its cancellation add to nothing.
        sign = np.where(machines.billings.kind[billed.billing] == CANCELLATION, -1, 1)
        day = machines.billings.day[billed.billing]
        for erp in snapshot.books.erps(entity):
            own = rows & snapshot.books.keeps_on(erp.system, np.full(len(day), entity), day)
            if own.any():
                billed_net = int((billed.net * sign)[own].sum())
                key = (erp.instance, product.code)
                yield Label(key, "a material in no product family", entity, billed_net, LOCAL_CURRENCY[entity])


def _duplicate_contracts(snapshot: Snapshot) -> Iterator[Label]:
    twice = snapshot.world.seeded.contracts
    sold = snapshot.world.subscriptions.subscriptions
    for row in twice.subscription[twice.day <= snapshot.day]:
        yield Label(
            (CRM, _one(contract_numbers(np.array([row])))),
            "the contract number was given twice",
            None,
            int(sold.value[row]),
            sold.currency[row],
        )


def _unknown_stages(snapshot: Snapshot) -> Iterator[Label]:
    opportunities = snapshot.world.pipeline.opportunities
    stage = pipeline.stage_on(opportunities, snapshot.day, unknown_is_on=True)
    for place in snapshot.unknown_stages_entered():
        rows = np.flatnonzero(stage == len(group.STAGES) + place)
        note = f"{len(rows)} open opportunities in a stage without forecast category"
        yield Label(
            (CRM, UNKNOWN_STAGES[place]),
            note,
            None,
            int(opportunities.amount[rows].sum()),
            opportunities.currency[rows[0]],
        )


def _invoice_label(
    snapshot: Snapshot, row: int, note: str, amount: int | None = None, exception_type: str | None = None
) -> Label:
    invoices = snapshot.world.subscriptions.invoices
    number = _one(invoice_numbers(invoices, np.array([row])))
    gross = int(invoices.total[row])
    return Label(
        (snapshot.billing.vendor(invoices.entity[row]).instance, number),
        note,
        invoices.entity[row],
        gross if amount is None else amount,
        invoices.currency[row],
        exception_type,
        # Singapore's invoices are posted in batches: the batch came, without this one.
        "left_out" if exception_type == "invoice_not_posted" and invoices.entity[row] == SINGAPORE else None,
    )


def _batch_label(snapshot: Snapshot, row: int, note: str, amount: int) -> Label:
    """The label of the summarised posting that an invoice belongs to: no invoice alone explains it."""
    invoices = snapshot.world.subscriptions.invoices
    batch = _one(posting_batches(invoices.day[[row]]))
    instance = snapshot.billing.vendor(invoices.entity[row]).instance
    return Label((instance, batch), note, invoices.entity[row], amount, invoices.currency[row])


def _invoices(snapshot: Snapshot, error_class: str, seen_after: int = 0) -> np.ndarray:
    """Invoices with this error that are at least so many days old."""
    invoices = snapshot.world.subscriptions.invoices
    return np.flatnonzero((invoices.error == CODE[error_class]) & (invoices.day + seen_after <= snapshot.day))


def _not_posted(snapshot: Snapshot) -> Iterator[Label]:
    for row in _invoices(snapshot, "invoice_not_posted", POSTING_WINDOW_DAYS + 1):
        yield _invoice_label(snapshot, row, "never posted", exception_type="invoice_not_posted")


def _posted_twice(snapshot: Snapshot) -> Iterator[Label]:
    invoices = snapshot.world.subscriptions.invoices
    for row in _invoices(snapshot, "invoice_posted_twice"):
        if invoices.wrong_day[row] > snapshot.day:
            continue
        if invoices.entity[row] == SINGAPORE:
            in_batch = (invoices.entity == SINGAPORE) & (invoices.day == invoices.day[row])
            yield _batch_label(snapshot, row, "the batch was posted twice", int(invoices.total[in_batch].sum()))
        else:
            yield _invoice_label(snapshot, row, "posted twice")


def _amount_differs(snapshot: Snapshot) -> Iterator[Label]:
    sold = snapshot.world.subscriptions
    for row in _invoices(snapshot, "invoice_amount_differs"):
        # Every line and the tax were posted wrong by the same factor.
        lines = sold.lines.take(sold.lines.invoice == row)
        right = np.append(lines.amount - lines.discount, sold.invoices.tax[row])
        posted = int(scaled(right, sold.invoices.wrong_per_mille[row], 1000).sum())
        difference = int(sold.invoices.total[row]) - posted
        if sold.invoices.entity[row] == SINGAPORE:
            yield _batch_label(snapshot, row, "an invoice of the batch was counted wrong", difference)
        else:
            yield _invoice_label(snapshot, row, "posted with another amount", difference)


def _currency_differs(snapshot: Snapshot) -> Iterator[Label]:
    for row in _invoices(snapshot, "invoice_currency_differs"):
        yield _invoice_label(snapshot, row, "posted in another currency")


def _one_day_late(snapshot: Snapshot) -> Iterator[Label]:
    for row in _invoices(snapshot, "invoice_posted_one_day_late", 1):
        yield _invoice_label(snapshot, row, "posted on the next day")


def _one_period_late(snapshot: Snapshot) -> Iterator[Label]:
    posted_on = snapshot.world.subscriptions.invoices.wrong_day
    for row in _invoices(snapshot, "invoice_posted_one_period_late", POSTING_WINDOW_DAYS + 1):
        # Until it is posted it looks like one that never comes.
        is_pending = posted_on[row] > snapshot.day
        yield _invoice_label(
            snapshot, row, "posted in the next period", exception_type="invoice_not_posted" if is_pending else None
        )


def _unbilled_usage(snapshot: Snapshot) -> Iterator[Label]:
    sold, months = snapshot.world.subscriptions, snapshot.world.seeded.usage_months
    # Leakage once the month in which it should have been billed is over.
    for row in np.flatnonzero(days.last_of_month(months.month + 1) <= snapshot.day):
        subscription = months.subscription[row]
        of = sold.subscriptions.take(np.array([subscription]))
        vendor = snapshot.billing.vendor(of.entity[0])
        customer = _one(vendor.customer_ids(of.customer))
        meter = _METERS[vendor.system](of.currency)
        month = int(months.month[row])
        yield Label(
            (vendor.instance, customer, meter, f"{1970 + month // 12}{month % 12 + 1:02d}"),
            "measured and on no invoice",
            sold.subscriptions.entity[subscription],
            int(months.amount[row]),
            sold.subscriptions.currency[subscription],
        )


def _name_variants(snapshot: Snapshot) -> Iterator[Label]:
    # The case names the record of the ERP that it may be, whether or not somebody works with the account yet.
    for system in (0, 1):
        for row in snapshot.name_variants(system):
            entity = snapshot.world.customers.entity[row]
            vendor = snapshot.billing.vendor(entity)
            instance, ids = (vendor.instance, vendor.customer_ids) if system else (CRM, parties.crm_account_ids)
            erp = snapshot.books.erp(entity, snapshot.day)
            number = unpadded(_one(parties.customer_numbers(np.array([row]))))
            key = (instance, _one(ids(np.array([row]))), erp.instance, erp.record_id("partners", entity, number))
            yield Label(key, "another name, no tax id and no address")


def _wrong_hierarchies(snapshot: Snapshot) -> Iterator[Label]:
    # An ERP that knows no groups of customers has no parent that could differ.
    grouping = [erp.system for erp in ERPS.values() if erp.has_customer_groups and snapshot.books.entities(erp.system)]
    known = [known_customers(snapshot, system).customer for system in grouping]
    for row in np.intersect1d(snapshot.wrong_hierarchies().customer, np.concatenate([np.zeros(0, dtype=int), *known])):
        yield Label((CRM, _one(parties.crm_account_ids(np.array([row])))), "another parent than in the ERP")


def _missing_rates(snapshot: Snapshot) -> Iterator[Label]:
    gaps = snapshot.rate_gaps()
    for row in np.flatnonzero(gaps.month_end <= snapshot.day):
        month = f"{days.to_date(gaps.month_end[row]):%Y%m}"
        yield Label(
            ("closing", CURRENCIES[gaps.currency[row]], GROUP_CURRENCY, month), "no quote for more than ten days"
        )


def _closed_cost_centres(snapshot: Snapshot) -> Iterator[Label]:
    journal = snapshot.journal
    rows = journal.rows[journal.journal.lines.error[journal.rows] == CODE["closed_cost_centre"]]
    lines = journal.lines(rows)
    numbers = snapshot.books.document_keys(journal.journal, lines.entity, lines.document, lines.line)
    for place, entity in enumerate(lines.entity):
        document = (str(lines.fiscal_year[place]), *(str(number) for number in numbers[place]))
        yield Label(
            (snapshot.books.erp(entity, lines.posting[place]).instance, ENTITY_CODES[entity], *document),
            "posted after the cost centre was closed",
            entity,
            abs(int(lines.local[place])),
            LOCAL_CURRENCY[entity],
        )


def _payments_not_applied(snapshot: Snapshot) -> Iterator[Label]:
    sold = snapshot.world.subscriptions
    is_wrong = sold.charges.succeeded & (sold.invoices.error[sold.charges.invoice] == CODE["payment_not_applied"])
    for row in np.flatnonzero(is_wrong & (sold.charges.day + APPLICATION_WINDOW_DAYS < snapshot.day)):
        invoice = sold.charges.invoice[row]
        vendor = snapshot.billing.vendor(sold.invoices.entity[invoice])
        yield Label(
            (vendor.instance, *_PAYMENTS[vendor.system](np.array([row]))),
            "a transfer that was applied to no invoice",
            None,
            int(sold.charges.amount[row]),
            sold.invoices.currency[invoice],
        )


def _payouts_not_received(snapshot: Snapshot) -> Iterator[Label]:
    """The pay-out is missed where it was paid out from, and its posting where the bank should know it."""
    world = snapshot.world
    movements = world.bank
    seen = movements.day + IN_TRANSIT_DAYS < snapshot.day
    for row in np.flatnonzero((movements.error == CODE["payout_not_received"]) & seen):
        line = movements.line[row]
        payout = int(world.journal.documents.reference[world.journal.lines.document[line]])
        paid_out = world.subscriptions.payouts.take(np.array([payout]))
        entity = ACCOUNTS[movements.account[row]].entity
        if snapshot.billing.vendor(entity).instance == BILLING:
            yield Label(
                (BILLING, _one(stripe_ids("po", np.array([payout])))),
                "never arrived at the bank",
                None,
                int(paid_out.amount[0]),
                int(paid_out.currency[0]),
            )
        yield _cash_posting_label(snapshot, line)


def _cash_posting_label(snapshot: Snapshot, line: int) -> Label:
    """A cash posting that the bank does not know."""
    lines = snapshot.journal.lines(np.array([line]))
    entity = int(lines.entity[0])
    (number,) = snapshot.books.document_keys(snapshot.world.journal, lines.entity, lines.document, lines.line)
    return Label(
        (
            snapshot.books.erp(entity, int(lines.posting[0])).instance,
            ENTITY_CODES[entity],
            str(lines.fiscal_year[0]),
            *map(str, number),
        ),
        "posted, and never on a statement",
        entity,
        int(lines.local[0]),
        LOCAL_CURRENCY[entity],
        "cash_posting_not_at_bank",
    )


def _bank_lines(snapshot: Snapshot, error_class: str, seen_after: int = 0) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Booked movements with this error that are at least so many days old, with their keys."""
    booked = snapshot.bank
    rows = np.flatnonzero((booked.error == CODE[error_class]) & (booked.day + seen_after <= snapshot.day))
    return zip(rows, entry_keys(snapshot, rows), strict=True)


def _bank_amounts(snapshot: Snapshot) -> Iterator[Label]:
    for row, key in _bank_lines(snapshot, "bank_amount_differs"):
        account = ACCOUNTS[snapshot.bank.account[row]]
        posted = int(snapshot.world.journal.lines.local[snapshot.bank.line[row]])
        difference = int(snapshot.bank.amount[row]) - posted
        yield Label(key, "the bank booked another amount", account.entity, difference, account.currency)


def _bank_charges(snapshot: Snapshot) -> Iterator[Label]:
    for row, key in _bank_lines(snapshot, "bank_charge_not_posted", IN_TRANSIT_DAYS + 1):
        account = ACCOUNTS[snapshot.bank.account[row]]
        yield Label(
            key, "a charge that nobody posted", account.entity, int(snapshot.bank.amount[row]), account.currency
        )


def _payrolls_in_other_period(snapshot: Snapshot) -> Iterator[Label]:
    runs = snapshot.world.payroll
    wrong = runs.take((runs.error == CODE["payroll_posted_in_other_period"]) & (runs.day < snapshot.day))
    for entity, month in sorted({(int(e), int(m)) for e, m in zip(wrong.entity, wrong.month, strict=True)}):
        own = (wrong.entity == entity) & (wrong.month == month)
        posted_on = days.working_day_from(days.first_of_month(month + 1))
        yield Label(
            (payroll.office_of(entity).instance, ENTITY_CODES[entity], payroll.month_code(month)),
            "posted in the month after",
            entity,
            int((wrong.wage + wrong.social)[own].sum()),
            LOCAL_CURRENCY[entity],
            # Until it is posted it looks like one that never comes.
            "payroll_not_posted" if posted_on > snapshot.day else None,
        )


def _orders(snapshot: Snapshot, error_class: str, seen_from: np.ndarray) -> Iterator[tuple[int, str]]:
    """Orders with this error that can be seen by the day, with the instance that shows them."""
    orders = snapshot.world.purchasing.orders
    for row in np.flatnonzero((orders.error == CODE[error_class]) & (seen_from <= snapshot.day)):
        if instance := snapshot.procurement.instance(snapshot.books, orders.entity[row]):
            yield row, instance


def _order_label(snapshot: Snapshot, row: int, instance: str, amount: int, note: str) -> Label:
    orders = snapshot.world.purchasing.orders
    number = unpadded(_one(purchase_order_numbers(np.array([row]))))
    return Label((instance, number), note, orders.entity[row], int(amount), orders.currency[row])


def _never_invoiced(snapshot: Snapshot) -> Iterator[Label]:
    orders = snapshot.world.purchasing.orders
    overdue = orders.received + INVOICE_WINDOW_DAYS + 1
    for row, instance in _orders(snapshot, "receipt_never_invoiced", overdue):
        yield _order_label(snapshot, row, instance, orders.net[row], "received, and no invoice came")


def _never_received(snapshot: Snapshot) -> Iterator[Label]:
    orders = snapshot.world.purchasing.orders
    overdue = invoice_date(orders.invoiced) + INVOICE_WINDOW_DAYS + 1
    for row, instance in _orders(snapshot, "receipt_never_entered", overdue):
        yield _order_label(snapshot, row, instance, orders.net[row], "invoiced, and nothing was received")


def _received_less(snapshot: Snapshot) -> Iterator[Label]:
    orders = snapshot.world.purchasing.orders
    overdue = invoice_date(orders.invoiced) + INVOICE_WINDOW_DAYS + 1
    for row, instance in _orders(snapshot, "receipt_below_invoice", overdue):
        difference = orders.short_net[row] - orders.net[row]
        yield _order_label(snapshot, row, instance, difference, "more was invoiced than received")


def _prices_differ(snapshot: Snapshot) -> Iterator[Label]:
    orders = snapshot.world.purchasing.orders
    for row, instance in _orders(snapshot, "purchase_price_differs", orders.invoiced):
        difference = orders.net[row] - orders.wrong_net[row]
        yield _order_label(snapshot, row, instance, difference, "invoiced at another price than ordered")


def _supplier_invoice_label(snapshot: Snapshot, row: int, instance: str, note: str) -> Label:
    orders = snapshot.world.purchasing.orders
    at = np.array([row])
    key = (instance, str(supplier_ids(orders.supplier[at])[0]), _one(supplier_references(at)))
    return Label(key, note, orders.entity[row], int(orders.net[row] + orders.tax[row]), orders.currency[row])


def _payables_not_posted(snapshot: Snapshot) -> Iterator[Label]:
    orders = snapshot.world.purchasing.orders
    overdue = invoice_date(orders.invoiced) + PAYABLE_WINDOW_DAYS + 1
    for row, instance in _orders(snapshot, "supplier_invoice_not_posted", overdue):
        yield _supplier_invoice_label(snapshot, row, instance, "approved, and never posted")


def _payables_posted_twice(snapshot: Snapshot) -> Iterator[Label]:
    orders = snapshot.world.purchasing.orders
    for row, instance in _orders(snapshot, "supplier_invoice_posted_twice", orders.invoiced_again):
        yield _supplier_invoice_label(snapshot, row, instance, "posted twice")


def _broken_events(snapshot: Snapshot) -> Iterator[Label]:
    for name, _ in news.broken_files(snapshot):
        yield Label(news.broken_key(name), "a file of events that broke off on its way")


def _contradicted_events(snapshot: Snapshot) -> Iterator[Label]:
    for told in news.told_wrong(snapshot):
        yield Label(
            (told.instance, told.kind, told.record),
            "an event says what its system does not",
            told.entity,
            told.amount - told.true_amount,
            told.currency,
        )


def _cut_over_label(moved: CutOver, account: int, amount: int, note: str) -> Label:
    """The balance of an account that was brought in otherwise: what the old books had more."""
    erp = ERPS[moved.then]
    key = (erp.instance, ENTITY_CODES[moved.entity], erp.ledgers[0], str(chart.GROUP_CODE_OF_ACCOUNT[account]))
    return Label(key, note, moved.entity, amount, LOCAL_CURRENCY[moved.entity])


def _cut_over_balances(snapshot: Snapshot) -> Iterator[Label]:
    for moved in snapshot.books.cut_overs:
        wrong = opening.balance_moved(snapshot, moved)
        if wrong and moved.until < snapshot.day:
            yield _cut_over_label(moved, opening.BALANCE_TAKEN_FROM, wrong, "brought in on another account")
            yield _cut_over_label(moved, opening.BALANCE_GIVEN_TO, -wrong, "brought in on another account")


def _cut_over_items(snapshot: Snapshot) -> Iterator[Label]:
    """The item that is missing, what its offset leaves on its account, and what else shows it.

    While it is unpaid that is the control account; then it is the payment, which clears nothing in the new books.
    """
    for moved in snapshot.books.cut_overs:
        row = opening.forgotten_item(snapshot, moved)
        if row is None or moved.until >= snapshot.day:
            continue
        line = snapshot.journal.lines(np.array([row]))
        first, then = ERPS[moved.first], ERPS[moved.then]
        entity, amount = ENTITY_CODES[moved.entity], int(line.local[0])
        (number,) = snapshot.books.document_keys(snapshot.world.journal, line.entity, line.document, line.line)
        yield Label(
            (first.instance, entity, str(line.fiscal_year[0]), *map(str, number)),
            "open in the old books, and not in the new ones",
            moved.entity,
            int(line.amount[0]),
            line.currency[0],
        )
        yield _cut_over_label(moved, opening.OFFSET, -amount, "the other side of an item that is missing")
        payment = snapshot.journal.clearing(np.array([row]))[0]
        if payment[0] >= 0:
            paid_on = dates(snapshot.world.journal.documents.posting[payment])[0].as_py()
            number = then.document_numbers(snapshot.world.journal, payment)[0]
            yield Label(
                (then.instance, "clearing", "AR", entity, str(paid_on.year), str(number)),
                "paid in the new books, where the item is missing",
                moved.entity,
                -amount,
                LOCAL_CURRENCY[moved.entity],
                "document_contradiction",
            )
        else:
            code = chart.CHARTS[chart.CHART_OF_ENTITY[moved.entity]]
            account = unpadded(chart.ACCOUNT_NUMBERS[code][line.account[0]])
            yield Label(
                (then.instance, entity, account),
                "the balance has an item that the subledger has not",
                moved.entity,
                -amount,
                LOCAL_CURRENCY[moved.entity],
                "subledger_difference",
            )


def _affiliate_charges(snapshot: Snapshot, error_class: str, seen_after: int, note: str, owed: bool) -> Iterator[Label]:
    """Charges of the parent that its subsidiary's books do not have, or not so: what is missing there, or differs."""
    charges = snapshot.world.affiliate_charges
    for row in np.flatnonzero((charges.error == CODE[error_class]) & (charges.day + seen_after <= snapshot.day)):
        buyer = int(charges.entity[row])
        reference = _one(affiliate_charge_numbers(charges.number[[row]]))
        amount = charges.amount[row] if owed else charges.amount[row] - charges.wrong_amount[row]
        key = (ENTITY_CODES[group.PARENT], ENTITY_CODES[buyer], reference)
        yield Label(key, note, buyer, int(amount), CURRENCY[GROUP_CURRENCY])


def _charges_not_posted(snapshot: Snapshot) -> Iterator[Label]:
    return _affiliate_charges(
        snapshot, "intercompany_not_posted", AFFILIATE_WINDOW_DAYS + 1, "charged, and never posted", True
    )


def _charges_differ(snapshot: Snapshot) -> Iterator[Label]:
    return _affiliate_charges(snapshot, "intercompany_amount_differs", 0, "posted with another amount", False)


def _crm_orders(snapshot: Snapshot, error_class: str) -> Iterator[int]:
    """Orders with this error whose ERP can be asked for sales orders."""
    orders = snapshot.world.machines.orders
    for row in np.flatnonzero((orders.error == CODE[error_class]) & (orders.day <= snapshot.day)):
        if snapshot.books.erp(orders.entity[row]).system in _ERPS_WITH_ORDERS:
            yield int(row)


def _crm_order_label(snapshot: Snapshot, row: int, amount: int, note: str) -> Label:
    orders = snapshot.world.machines.orders
    number = _one(opportunity_numbers(orders.opportunity[[row]]))
    return Label((CRM, number), note, int(orders.entity[row]), int(amount), int(orders.currency[row]))


def _orders_not_in_erp(snapshot: Snapshot) -> Iterator[Label]:
    world = snapshot.world
    for row in _crm_orders(snapshot, "order_not_in_erp"):
        opportunity = world.machines.orders.opportunity[row]
        if world.pipeline.opportunities.closed[opportunity] + ORDER_WINDOW_DAYS < snapshot.day:
            amount = world.pipeline.opportunities.amount[opportunity]
            yield _crm_order_label(snapshot, row, amount, "ordered in the CRM, and never in the ERP")


def _order_values_differ(snapshot: Snapshot) -> Iterator[Label]:
    for row in _crm_orders(snapshot, "order_value_differs"):
        surplus = snapshot.world.machines.orders.crm_surplus[row]
        yield _crm_order_label(snapshot, row, surplus, "worth more in the CRM than in the ERP")


_FINDERS = {
    "missing_account_mapping": _unmapped_accounts,
    "missing_product_mapping": _unmapped_products,
    "duplicate_contract_id": _duplicate_contracts,
    "unknown_stage": _unknown_stages,
    "invoice_not_posted": _not_posted,
    "invoice_posted_twice": _posted_twice,
    "invoice_amount_differs": _amount_differs,
    "invoice_currency_differs": _currency_differs,
    "invoice_posted_one_day_late": _one_day_late,
    "invoice_posted_one_period_late": _one_period_late,
    "usage_not_billed": _unbilled_usage,
    "customer_name_variant": _name_variants,
    "hierarchy_differs": _wrong_hierarchies,
    "missing_fx_rate": _missing_rates,
    "closed_cost_centre": _closed_cost_centres,
    "payment_not_applied": _payments_not_applied,
    "payout_not_received": _payouts_not_received,
    "bank_amount_differs": _bank_amounts,
    "bank_charge_not_posted": _bank_charges,
    "payroll_posted_in_other_period": _payrolls_in_other_period,
    "receipt_never_invoiced": _never_invoiced,
    "receipt_never_entered": _never_received,
    "receipt_below_invoice": _received_less,
    "purchase_price_differs": _prices_differ,
    "supplier_invoice_not_posted": _payables_not_posted,
    "supplier_invoice_posted_twice": _payables_posted_twice,
    "event_broken_off": _broken_events,
    "event_contradicted": _contradicted_events,
    "cut_over_balance_differs": _cut_over_balances,
    "cut_over_item_forgotten": _cut_over_items,
    "intercompany_not_posted": _charges_not_posted,
    "intercompany_amount_differs": _charges_differ,
    "order_not_in_erp": _orders_not_in_erp,
    "order_value_differs": _order_values_differ,
}
