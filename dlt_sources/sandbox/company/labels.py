"""The answer key: which errors can be seen on a day, with the key, owner and amount of the exception they must raise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dlt_sources.sandbox.company import catalogue, chart, days, group, parties, pipeline, text
from dlt_sources.sandbox.company.columns import currencies, money
from dlt_sources.sandbox.company.errors import CODE, EXCEPTION_TYPES
from dlt_sources.sandbox.company.group import (
    BILLING,
    CRM,
    CURRENCY,
    ENTITY_CODES,
    GROUP_CURRENCY,
    LOCAL_CURRENCY,
    POSTING_WINDOW_DAYS,
    SAP,
    UNKNOWN_STAGES,
    owner_of,
)
from dlt_sources.sandbox.company.rates import scaled
from dlt_sources.sandbox.company.vendors.stripe import contract_numbers, invoice_numbers, meter_id

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

SCHEMA = pa.schema([
    ("error_class", pa.string()), ("exception_type", pa.string()), ("natural_key", pa.string()),
    ("entity_code", pa.string()), ("owner", pa.string()), ("amount_transaction", pa.decimal128(23, 2)),
    ("transaction_currency", pa.string()), ("note", pa.string()),
])
Label = tuple[str, str, str | None, int | None, int | None, str]


def table(snapshot: Snapshot) -> pa.Table:
    """One row per error that can be seen; amounts in transaction currency, null where a type has none."""
    finders = {
        "missing_account_mapping": _accounts, "missing_product_mapping": _products, "duplicate_contract_id": _contracts,
        "unknown_stage": _stages, "invoice_not_posted": _not_posted, "invoice_posted_twice": _posted_twice,
        "invoice_amount_differs": _amount_differs, "invoice_currency_differs": _currency_differs,
        "invoice_posted_one_day_late": _one_day_late, "invoice_posted_one_period_late": _one_period_late,
        "usage_not_billed": _usage, "customer_name_variant": _name_variants, "hierarchy_differs": _hierarchies,
        "missing_fx_rate": _rates, "closed_cost_centre": _closed_cost_centres,
    }
    rows = [
        (name, exception_type, *label)
        for name, find in finders.items() if name in snapshot.switches
        for exception_type, *label in find(snapshot)
    ]
    if not rows:
        return SCHEMA.empty_table()
    classes, types, keys, entities, amounts, money_of, notes = zip(*rows, strict=True)
    known = np.array([amount is not None for amount in amounts])
    minor = np.array([amount or 0 for amount in amounts], dtype=np.int64)
    currency = np.array([CURRENCY[GROUP_CURRENCY] if position is None else position for position in money_of])
    has_currency = np.array([position is not None for position in money_of])
    amount = pa.array(money(minor, currency).to_pylist(), pa.decimal128(23, 2))
    return pa.table([
        pa.array(classes), pa.array(types), pa.array(keys), pa.array(entities, pa.string()),
        pa.array([owner_of(kind, entity) for kind, entity in zip(types, entities, strict=True)]),
        pa.array([value if is_known else None for value, is_known in zip(amount.to_pylist(), known, strict=True)],
                 pa.decimal128(23, 2)),
        text.where(has_currency, currencies(currency), None), pa.array(notes),
    ], schema=SCHEMA)


def _key(*parts: str) -> str:
    """Parts of a natural key; codes of digits lose their leading zeros."""
    return "|".join(parts)


def _code(text: str) -> str:
    return (text.lstrip("0") or "0") if text.isdigit() else text


def _accounts(snapshot: Snapshot) -> Iterable[Label]:
    overheads = snapshot.world.purchasing.overheads
    rows = np.flatnonzero((overheads.error == CODE["missing_account_mapping"]) & (overheads.day <= snapshot.day))
    for entity in np.unique(overheads.entity[rows]):
        code = chart.CHARTS[chart.CHART_OF_ENTITY[entity]]
        number = chart.ACCOUNT_NUMBERS[code][chart.UNMAPPED_ACCOUNT]
        posted = overheads.net[rows[overheads.entity[rows] == entity]]
        yield (EXCEPTION_TYPES["missing_account_mapping"], _key(SAP, code, _code(number)), ENTITY_CODES[entity],
               int(np.abs(posted).sum()), int(LOCAL_CURRENCY[entity]), f"{len(posted)} lines on an account in no mapping")


def _products(snapshot: Snapshot) -> Iterable[Label]:
    machines, today = snapshot.world.machines, snapshot.day
    items, billed = machines.items, machines.billing_items
    ordered = machines.orders.day[items.order]
    for product in catalogue.UNMAPPED_PRODUCTS:
        is_sold = (items.unmapped_product == catalogue.PRODUCT[product.code]) & (ordered <= today)
        if not is_sold.any():
            continue
        entity = int(machines.orders.entity[items.order[is_sold][0]])
        rows = is_sold[billed.item] & (machines.billings.day[billed.billing] <= today)
        # A cancelled invoice and its cancellation add to nothing.
        sign = np.where(machines.billings.kind[billed.billing] == 1, -1, 1)
        yield (EXCEPTION_TYPES["missing_product_mapping"], _key(SAP, product.code), ENTITY_CODES[entity],
               int((billed.net * sign)[rows].sum()), int(LOCAL_CURRENCY[entity]), "a material in no product family")


def _contracts(snapshot: Snapshot) -> Iterable[Label]:
    twice = snapshot.world.seeded.contracts
    sold = snapshot.world.subscriptions.subscriptions
    for row in twice.subscription[twice.day <= snapshot.day]:
        yield (EXCEPTION_TYPES["duplicate_contract_id"], _key(CRM, contract_numbers(np.array([row]))[0].as_py()), None,
               int(sold.value[row]), int(sold.currency[row]), "the contract number was given twice")


def _stages(snapshot: Snapshot) -> Iterable[Label]:
    opportunities = snapshot.world.pipeline.opportunities
    stage = pipeline.stage_on(opportunities, snapshot.day, unknown_is_on=True)
    for place in snapshot.unknown_stages_entered():
        rows = np.flatnonzero(stage == len(group.STAGES) + place)
        currency = opportunities.currency[rows]
        same = len(np.unique(currency)) == 1
        # Amounts of several currencies have no sum.
        yield (EXCEPTION_TYPES["unknown_stage"], _key(CRM, UNKNOWN_STAGES[place]), None,
               int(opportunities.amount[rows].sum()) if same else None, int(currency[0]) if same else None,
               f"{len(rows)} open opportunities in a stage without forecast category")


def _invoices(snapshot: Snapshot, name: str, seen_after: int = 0) -> np.ndarray:
    invoices = snapshot.world.subscriptions.invoices
    return np.flatnonzero((invoices.error == CODE[name]) & (invoices.day + seen_after <= snapshot.day))


def _invoice_label(snapshot: Snapshot, kind: str, row: int, amount: int, note: str) -> Label:
    invoices = snapshot.world.subscriptions.invoices
    number = invoice_numbers(invoices, np.array([row]))[0].as_py()
    return (kind, _key(BILLING, number), ENTITY_CODES[invoices.entity[row]], int(amount), int(invoices.currency[row]),
            note)


def _not_posted(snapshot: Snapshot) -> Iterable[Label]:
    total = snapshot.world.subscriptions.invoices.total
    for row in _invoices(snapshot, "invoice_not_posted", POSTING_WINDOW_DAYS + 1):
        yield _invoice_label(snapshot, "invoice_not_posted", row, total[row], "in the ledger never")


def _posted_twice(snapshot: Snapshot) -> Iterable[Label]:
    invoices = snapshot.world.subscriptions.invoices
    for row in _invoices(snapshot, "invoice_posted_twice"):
        if invoices.wrong_day[row] <= snapshot.day:
            yield _invoice_label(snapshot, "invoice_posted_twice", row, invoices.total[row], "in the ledger twice")


def _posted_amount(snapshot: Snapshot, row: int) -> int:
    """What an invoice with another amount was posted with: each line and the tax by the same factor."""
    sold = snapshot.world.subscriptions
    lines = sold.lines.take(sold.lines.invoice == row)
    factor = sold.invoices.wrong_per_mille[row]
    net = scaled(lines.amount - lines.discount, factor, 1000).sum()
    return int(net + scaled(sold.invoices.tax[row:row + 1], factor, 1000)[0])


def _amount_differs(snapshot: Snapshot) -> Iterable[Label]:
    total = snapshot.world.subscriptions.invoices.total
    for row in _invoices(snapshot, "invoice_amount_differs"):
        posted = _posted_amount(snapshot, row)
        yield _invoice_label(snapshot, "invoice_amount_difference", row, total[row] - posted, "posted with another amount")


def _currency_differs(snapshot: Snapshot) -> Iterable[Label]:
    total = snapshot.world.subscriptions.invoices.total
    for row in _invoices(snapshot, "invoice_currency_differs"):
        yield _invoice_label(snapshot, "invoice_currency_difference", row, total[row], "posted in another currency")


def _one_day_late(snapshot: Snapshot) -> Iterable[Label]:
    total = snapshot.world.subscriptions.invoices.total
    for row in _invoices(snapshot, "invoice_posted_one_day_late", 1):
        yield _invoice_label(snapshot, "invoice_posted_late", row, total[row], "posted on the next day")


def _one_period_late(snapshot: Snapshot) -> Iterable[Label]:
    """Until it is posted, an invoice that will be late looks like one that never comes."""
    invoices = snapshot.world.subscriptions.invoices
    for row in _invoices(snapshot, "invoice_posted_one_period_late", POSTING_WINDOW_DAYS + 1):
        is_posted = invoices.wrong_day[row] <= snapshot.day
        kind = "invoice_posted_in_later_period" if is_posted else "invoice_not_posted"
        yield _invoice_label(snapshot, kind, row, invoices.total[row], "posted in the next period")


def _usage(snapshot: Snapshot) -> Iterable[Label]:
    sold, months = snapshot.world.subscriptions, snapshot.world.seeded.usage_months
    # Known as leakage once the month in which it should have been billed is over.
    for row in np.flatnonzero(days.last_of_month(months.month + 1) <= snapshot.day):
        of = sold.subscriptions.take(months.subscription[row:row + 1])
        month = int(months.month[row])
        customer = parties.stripe_customer_ids(of.customer)[0].as_py()
        yield (EXCEPTION_TYPES["usage_not_billed"],
               _key(BILLING, customer, meter_id(), f"{(1970 + month // 12) * 100 + month % 12 + 1}"),
               ENTITY_CODES[of.entity[0]], int(months.amount[row]), int(of.currency[0]), "measured and on no invoice")


def _name_variants(snapshot: Snapshot) -> Iterable[Label]:
    for system, instance, ids in ((0, CRM, parties.crm_account_ids), (1, BILLING, parties.stripe_customer_ids)):
        for row in snapshot.name_variants(system):
            yield (EXCEPTION_TYPES["customer_name_variant"], _key(instance, ids(np.array([row]))[0].as_py()), None, None,
                   None, "another name and no tax id")


def _hierarchies(snapshot: Snapshot) -> Iterable[Label]:
    for row in snapshot.wrong_hierarchies().customer:
        yield (EXCEPTION_TYPES["hierarchy_differs"], _key(CRM, parties.crm_account_ids(np.array([row]))[0].as_py()), None,
               None, None, "another parent than in the ERP")


def _rates(snapshot: Snapshot) -> Iterable[Label]:
    gaps = snapshot.rate_gaps()
    for row in np.flatnonzero(gaps.month_end <= snapshot.day):
        month = str(days.to_date(gaps.month_end[row]))
        yield (EXCEPTION_TYPES["missing_fx_rate"],
               _key("closing", group.CURRENCIES[gaps.currency[row]], GROUP_CURRENCY, month[:4] + month[5:7]), None, None,
               None, "no quote for more than ten days")


def _closed_cost_centres(snapshot: Snapshot) -> Iterable[Label]:
    journal = snapshot.journal
    lines = journal.journal.lines
    rows = journal.rows[lines.error[journal.rows] == CODE["closed_cost_centre"]]
    wrong = journal.lines(rows)
    for place in range(len(rows)):
        entity = int(wrong.entity[place])
        yield (EXCEPTION_TYPES["closed_cost_centre"],
               _key(SAP, ENTITY_CODES[entity], str(wrong.fiscal_year[place]), str(wrong.number[place]),
                    str(wrong.line[place])),
               ENTITY_CODES[entity], abs(int(wrong.local[place])), int(LOCAL_CURRENCY[entity]),
               "posted after the cost centre was closed")


