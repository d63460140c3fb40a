"""NetSuite: the records its analytics data source shows, under the names the record catalogue gives their columns.

One transaction carries everything a document is: its lines, and per accounting book the accounting lines. Line 0 is the
main line. Amounts of lines are debit > 0; ids are whole numbers that mean nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dlt_sources.sandbox.company import catalogue, chart, days, group, parties, text
from dlt_sources.sandbox.company.books import ERPS
from dlt_sources.sandbox.company.columns import dates, decimals, moments, money, times, whole
from dlt_sources.sandbox.company.days import NEVER
from dlt_sources.sandbox.company.draws import scattered
from dlt_sources.sandbox.company.frame import Frame, sum_by
from dlt_sources.sandbox.company.group import COST_CENTRES, CURRENCIES, ENTITIES, LOCAL_CURRENCY, MINOR_UNITS
from dlt_sources.sandbox.company.journal import REFERENCE, TYPE, View
from dlt_sources.sandbox.company.machines import CANCELLATION
from dlt_sources.sandbox.company.vendors import erp, opening

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

SYSTEM = "netsuite"
_ERP = ERPS[SYSTEM]
_ADDRESS = 1_000_000_000  # addresses have keys of their own
# Orders are transactions too; their ids come from a range that the ledger's documents never reach.
_FIRST_ORDER = 500_000_000
# A draft journal is begun on the 27th of every month and thrown away two days later: see `deleted_records`.
_FIRST_DRAFT = 700_000_000
_DRAFT_DAYS = 2
# Journals of opening balances, one per entity that moved here and book.
_FIRST_OPENING = 600_000_000
# Transaction types by document type of the company; what posts to the other side of the account is the second one.
_TYPES = {
    "RV": ("CustInvc", "CustCred"),
    "DR": ("CustInvc", "CustInvc"),
    "DG": ("CustCred", "CustCred"),
    "DZ": ("CustPymt", "CustRfnd"),
    "WL": ("ItemShip", "ItemShip"),
    "WE": ("ItemRcpt", "ItemRcpt"),
    "RE": ("VendBill", "VendBill"),
    "KR": ("VendBill", "VendBill"),
    "KZ": ("VendPymt", "VendPymt"),
}
# How the printed number of a transaction begins.
_PREFIXES = {
    "Journal": "JE",
    "CustInvc": "INV",
    "CustCred": "CM",
    "CustPymt": "PYMT",
    "CustRfnd": "RFND",
    "ItemShip": "IF",
    "ItemRcpt": "IR",
    "VendBill": "BILL",
    "VendPymt": "BP",
}
_PAYING_TYPES = ("CustPymt", "CustCred", "VendPymt")
_PERIOD_CLOSES_AFTER_DAYS = 8


def _flags(values: np.ndarray) -> pa.Array:
    return text.where(np.asarray(values, dtype=bool), "T", "F")


def _since(days_: np.ndarray, second: int = 32_400) -> pa.Array:
    return times(moments(days_, second))


def _entity_ids() -> np.ndarray:
    return np.array([int(code) for code in group.ENTITY_CODES])


def customer_ids(rows: np.ndarray) -> np.ndarray:
    """Internal ids of customers."""
    return np.array([int(number) for number in parties.customer_numbers(np.asarray(rows)).to_pylist()], dtype=np.int64)


def vendor_ids(rows: np.ndarray) -> np.ndarray:
    """Internal ids of vendors, from the same row of numbers as customers."""
    return np.array([int(number) for number in parties.supplier_numbers(np.asarray(rows)).to_pylist()], dtype=np.int64)


# Organisation


def subsidiaries(snapshot: Snapshot) -> pa.Table:
    """The entities; the first is the parent of the others."""
    kept = snapshot.books.entities(SYSTEM)
    entities = [ENTITIES[position] for position in kept]
    ids = _entity_ids()[kept]
    count = len(kept)
    return pa.table(
        {
            "id": whole(ids),
            "name": [e.name for e in entities],
            "fullname": [e.name for e in entities],
            "legalname": [e.name for e in entities],
            "country": [e.country for e in entities],
            "currency": whole(LOCAL_CURRENCY[kept] + 1),
            "fiscalcalendar": whole(_calendar_of(np.array(kept, dtype=np.int64))),
            "parent": whole(np.full(count, ids[0] if count else 0), np.arange(count) > 0),
            "iselimination": _flags(np.zeros(count)),
            "isinactive": _flags(np.zeros(count)),
            "federalidnumber": [e.vat_number for e in entities],
            "lastmodifieddate": _since(np.full(count, erp.MASTER_SINCE)),
        }
    )


def fiscal_calendars(snapshot: Snapshot) -> pa.Table:
    """The two calendars of the group."""
    return pa.table(
        {
            "id": whole(np.array([1, 2])),
            "name": ["Standard Fiscal Calendar", "April to March"],
            "fiscalmonth": ["January", "April"],
            "isdefault": _flags(np.array([1, 0])),
        }
    )


@dataclass(frozen=True)
class _Period:
    """`parents` gives the quarter or year above it per fiscal calendar it belongs to (0: none)."""

    id: int
    name: str
    start: int
    end: int
    kind: str  # year, quarter, month, adjustment
    parents: dict[int, int]


_CALENDARS = {1: 0, 2: 3}  # fiscal calendar → months between January and its beginning
_ADJUSTMENT = 13


def _calendar_of(entity: np.ndarray) -> np.ndarray:
    return np.where(group.STARTS_IN_APRIL[entity], 2, 1)


def _group_period_id(calendar: np.ndarray | int, year: np.ndarray | int, place: np.ndarray | int) -> np.ndarray | int:
    """Id of a year (place 0), its adjustment period (13) or a quarter (21 to 24) of one calendar."""
    return calendar * 10_000_000 + year * 100 + place


def _period_ids(entity: np.ndarray, fiscal_year: np.ndarray, period: np.ndarray) -> np.ndarray:
    """Months are shared by all calendars; an adjustment period belongs to one."""
    calendar = _calendar_of(entity)
    month = fiscal_year.astype(np.int64) * 12 + np.minimum(period, 12) - 1 + np.where(calendar == 2, _CALENDARS[2], 0)
    shared = month // 12 * 100 + month % 12 + 1
    adjustment = _group_period_id(calendar, fiscal_year.astype(np.int64), _ADJUSTMENT)
    return np.where(period > 12, adjustment, shared)


def _periods(snapshot: Snapshot) -> list[_Period]:
    """Months, and for each calendar in use its quarters, years and an adjustment period at the end of each year."""
    kept = snapshot.books.entities(SYSTEM)
    calendars = sorted({int(calendar) for calendar in _calendar_of(np.array(kept, dtype=np.int64))})
    first, last = (int(days.year_of(np.array([day]))[0]) for day in (days.FIRST_DAY, snapshot.day))
    periods: list[_Period] = []
    months: dict[int, _Period] = {}
    for calendar in calendars:
        # A year that begins in April has begun in the year before the first month.
        for year in range(first - 1, last + 1):
            begins = (year - 1970) * 12 + _CALENDARS[calendar]
            span = [int(days.first_of_month(begins + place)) for place in range(13)]
            year_id = int(_group_period_id(calendar, year, 0))
            periods.append(_Period(year_id, f"FY {year}", span[0], span[12] - 1, "year", {calendar: 0}))
            for place in range(12):
                quarter = int(_group_period_id(calendar, year, 21 + place // 3))
                if place % 3 == 0:
                    end = span[place + 3] - 1
                    name = f"Q{place // 3 + 1} {year}"
                    periods.append(_Period(quarter, name, span[place], end, "quarter", {calendar: year_id}))
                number = (begins + place) // 12 * 100 + 197000 + (begins + place) % 12 + 1
                name = f"{days.to_date(span[place]):%b %Y}"
                month = months.setdefault(number, _Period(number, name, span[place], span[place + 1] - 1, "month", {}))
                month.parents[calendar] = quarter
            last_day, adjustment = span[12] - 1, int(_group_period_id(calendar, year, _ADJUSTMENT))
            name = f"Adj FY {year}"
            parents = {calendar: int(_group_period_id(calendar, year, 24))}
            periods.append(_Period(adjustment, name, last_day, last_day, "adjustment", parents))
    return [*periods, *months.values()]


def accounting_periods(snapshot: Snapshot) -> pa.Table:
    """Years, quarters, months and adjustment periods in one table; a closed period is locked for all."""
    periods = _periods(snapshot)
    kind = np.array([period.kind for period in periods])
    end = np.array([period.end for period in periods], dtype=np.int64)
    parent = np.array([next(iter(period.parents.values())) for period in periods], dtype=np.int64)
    is_closed = end + _PERIOD_CLOSES_AFTER_DAYS <= snapshot.day
    changed = np.where(is_closed, end + _PERIOD_CLOSES_AFTER_DAYS, erp.MASTER_SINCE)
    return pa.table(
        {
            "id": whole(np.array([period.id for period in periods], dtype=np.int64)),
            "periodname": pa.array([period.name for period in periods], pa.string()),
            "startdate": dates(np.array([period.start for period in periods], dtype=np.int64)),
            "enddate": dates(end),
            "parent": whole(parent, parent > 0),
            "isyear": _flags(kind == "year"),
            "isquarter": _flags(kind == "quarter"),
            "isadjust": _flags(kind == "adjustment"),
            "isposting": _flags(np.isin(kind, ("month", "adjustment"))),
            "isinactive": _flags(np.zeros(len(periods))),
            "closed": _flags(is_closed),
            "alllocked": _flags(is_closed),
            "arlocked": _flags(is_closed),
            "aplocked": _flags(is_closed),
            "closedondate": dates(np.where(is_closed, end + _PERIOD_CLOSES_AFTER_DAYS, NEVER)),
            "lastmodifieddate": _since(changed),
        }
    )


def accounting_period_calendars(snapshot: Snapshot) -> pa.Table:
    """Where each period stands in each calendar it belongs to."""
    places = [(period.id, *place) for period in _periods(snapshot) for place in period.parents.items()]
    period, calendar, parent = np.array(places, dtype=np.int64).reshape(-1, 3).T
    return pa.table(
        {"accountingperiod": whole(period), "fiscalcalendar": whole(calendar), "parent": whole(parent, parent > 0)}
    )


def accounting_books(snapshot: Snapshot) -> pa.Table:
    """The primary book, and one that holds adjustments only."""
    return pa.table(
        {
            "id": whole(np.array([int(ledger) for ledger in _ERP.ledgers])),
            "name": ["Primary Accounting Book", "Local adjustments"],
            "isprimary": _flags(np.array([1, 0])),
            "isadjustmentonly": _flags(np.array([0, 1])),
            "isconsolidated": _flags(np.zeros(2)),
            "basebook": whole(np.array([0, 1]), np.array([False, True])),
            "lastmodifieddate": _since(np.full(2, erp.MASTER_SINCE)),
        }
    )


_ACCOUNT_TYPES = (
    ("Bank", "Bank", True),
    ("AcctRec", "Accounts Receivable", True),
    ("OthCurrAsset", "Other Current Asset", True),
    ("FixedAsset", "Fixed Asset", True),
    ("OthAsset", "Other Asset", True),
    ("AcctPay", "Accounts Payable", True),
    ("OthCurrLiab", "Other Current Liability", True),
    ("LongTermLiab", "Long Term Liability", True),
    ("DeferRevenue", "Deferred Revenue", True),
    ("Equity", "Equity", True),
    ("Income", "Income", False),
    ("COGS", "Cost of Goods Sold", False),
    ("Expense", "Expense", False),
    ("OthExpense", "Other Expense", False),
)
_TYPE_OF_STATEMENT_LINE = {
    "Cash and cash equivalents": "Bank",
    "Property, plant and equipment": "FixedAsset",
    "Loans to affiliates": "OthAsset",
    "Investments in subsidiaries": "OthAsset",
    "Borrowings": "LongTermLiab",
    "Loans from affiliates": "LongTermLiab",
    "Deferred revenue": "DeferRevenue",
    "Cost of sales": "COGS",
    "Cost of sales from affiliates": "COGS",
    "Financial result": "OthExpense",
}
_TYPE_OF_CLASS = {
    "asset": "OthCurrAsset",
    "liability": "OthCurrLiab",
    "equity": "Equity",
    "income": "Income",
    "expense": "Expense",
}


def _account_type(position: int) -> str:
    code = chart.GROUP_CODE_OF_ACCOUNT[position]
    if code is None:
        return "Expense"
    account = chart.GROUP_ACCOUNT[code]
    control = {"AR": "AcctRec", "AP": "AcctPay"}.get(account.control_account)
    return control or _TYPE_OF_STATEMENT_LINE.get(account.statement_line) or _TYPE_OF_CLASS[account.account_class]


def account_types(snapshot: Snapshot) -> pa.Table:
    """The kinds of account that NetSuite knows."""
    return pa.table(
        {
            "id": [code for code, _, _ in _ACCOUNT_TYPES],
            "longname": [name for _, name, _ in _ACCOUNT_TYPES],
            "balancesheet": _flags(np.array([is_balance for _, _, is_balance in _ACCOUNT_TYPES])),
        }
    )


def _account_ids(account: np.ndarray) -> np.ndarray:
    return np.asarray(account, dtype=np.int64) + 200


def accounts(snapshot: Snapshot) -> pa.Table:
    """The one chart; retained earnings is the system's own account."""
    known = erp.known_accounts(snapshot, SYSTEM)
    opened = list(erp.unmapped_accounts(snapshot, SYSTEM).values())
    positions = [position for _, position, _ in known]
    rates = {"closing": "CURRENT", "average": "AVERAGE", "historical": "HISTORICAL"}
    groups = [chart.GROUP_ACCOUNT.get(chart.GROUP_CODE_OF_ACCOUNT[position] or "") for position in positions]
    count = len(known)
    return pa.table(
        {
            "id": whole(_account_ids(np.array(positions, dtype=np.int64))),
            "acctnumber": pa.array([text.unpadded(number) for _, _, number in known], pa.string()),
            "fullname": pa.array([chart.ACCOUNT_NAMES[position] for position in positions], pa.string()),
            "accttype": pa.array([_account_type(position) for position in positions], pa.string()),
            "sspecacct": pa.array(
                ["RetEarnings" if p == chart.ACCOUNT["RETAINED_EARNINGS"] else None for p in positions], pa.string()
            ),
            "generalrate": pa.array([rates[g.translation_method] if g else "AVERAGE" for g in groups], pa.string()),
            "eliminate": _flags(np.array([bool(g and g.is_intercompany) for g in groups], dtype=bool)),
            "issummary": _flags(np.zeros(count)),
            "isinactive": _flags(np.zeros(count)),
            "parent": whole(np.zeros(count), np.zeros(count, dtype=bool)),
            "currency": whole(np.zeros(count), np.zeros(count, dtype=bool)),
            "lastmodifieddate": _since(
                np.array([opened[0] if p == chart.UNMAPPED_ACCOUNT else erp.MASTER_SINCE for p in positions], dtype=int)
            ),
        }
    )


def departments(snapshot: Snapshot) -> pa.Table:
    """Cost centres; one that is closed is inactive, and its last change is the day after its last."""
    kept = snapshot.books.keeps(SYSTEM)
    centres = [centre for centre in COST_CENTRES if kept[centre.entity]]
    closes = np.array([centre.closes for centre in centres], dtype=np.int64)
    is_closed = closes < snapshot.day
    return pa.table(
        {
            "id": whole(np.array([int(centre.number) for centre in centres], dtype=np.int64)),
            "name": pa.array([centre.name for centre in centres], pa.string()),
            "fullname": pa.array([f"{c.name} {ENTITIES[c.entity].city}" for c in centres], pa.string()),
            "subsidiary": pa.array([ENTITIES[centre.entity].code for centre in centres], pa.string()),
            "parent": whole(np.zeros(len(centres)), np.zeros(len(centres), dtype=bool)),
            "isinactive": _flags(is_closed),
            "lastmodifieddate": _since(np.where(is_closed, closes + 1, erp.MASTER_SINCE), 1800),
        }
    )


def classes(snapshot: Snapshot) -> pa.Table:
    """The two lines of business."""
    count = len(group.SEGMENTS)
    return pa.table(
        {
            "id": whole(np.arange(count) + 1),
            "name": list(group.SEGMENTS),
            "fullname": list(group.SEGMENTS),
            "parent": whole(np.zeros(count), np.zeros(count, dtype=bool)),
            "isinactive": _flags(np.zeros(count)),
            "lastmodifieddate": _since(np.full(count, erp.MASTER_SINCE)),
        }
    )


def currency_records(snapshot: Snapshot) -> pa.Table:
    """Currencies; `symbol` is the ISO code."""
    count = len(CURRENCIES)
    return pa.table(
        {
            "id": whole(np.arange(count) + 1),
            "name": list(CURRENCIES),
            "symbol": list(CURRENCIES),
            "currencyprecision": whole(MINOR_UNITS),
            "isbasecurrency": _flags(np.isin(np.arange(count), LOCAL_CURRENCY[snapshot.books.entities(SYSTEM)])),
            "isinactive": _flags(np.zeros(count)),
            "lastmodifieddate": _since(np.full(count, erp.MASTER_SINCE)),
        }
    )


def _rate(snapshot: Snapshot, source: np.ndarray, target: np.ndarray, on: np.ndarray) -> np.ndarray:
    """One unit of `source` in `target`, in millionths."""
    million = 1_000_000 * 10 ** MINOR_UNITS[source]
    return snapshot.world.rates.converted(million, source, target, on) // 10 ** MINOR_UNITS[target]


def currency_rates(snapshot: Snapshot) -> pa.Table:
    """What one unit of each currency costs in the entities' currencies, at the start of every month."""
    bases = np.unique(LOCAL_CURRENCY[snapshot.books.entities(SYSTEM)])
    first, last = days.month_of(np.array([days.FIRST_DAY, snapshot.day]))
    months = np.arange(first, last + 1)
    base, source, month = (
        part.ravel() for part in np.meshgrid(bases, np.arange(len(CURRENCIES)), months, indexing="ij")
    )
    other = base != source
    base, source, on = base[other], source[other], days.first_of_month(month[other])
    return pa.table(
        {
            "id": whole((base + 1) * 10_000_000 + (source + 1) * 100_000 + month[other]),
            "basecurrency": whole(base + 1),
            "transactioncurrency": whole(source + 1),
            "effectivedate": dates(on),
            "exchangerate": decimals(_rate(snapshot, source, base, on), 6),
            "lastmodifieddate": _since(on),
        }
    )


def consolidated_exchange_rates(snapshot: Snapshot) -> pa.Table:
    """Per month and pair of subsidiaries: current (of the last day), average and historical rate to the parent."""
    kept = snapshot.books.entities(SYSTEM)
    periods = [period for period in _periods(snapshot) if period.kind == "month" and period.start <= snapshot.day]
    pairs = [(period, source, kept[0]) for period in periods for source in kept]
    source = LOCAL_CURRENCY[[pair[1] for pair in pairs]] if pairs else np.zeros(0, dtype=np.int64)
    target = LOCAL_CURRENCY[[pair[2] for pair in pairs]] if pairs else np.zeros(0, dtype=np.int64)
    start, end, period = (
        np.array([getattr(pair[0], name) for pair in pairs], dtype=np.int64) for name in ("start", "end", "id")
    )
    current = _rate(snapshot, source, target, end)
    average = (current + _rate(snapshot, source, target, start)) // 2
    ids = _entity_ids()
    return pa.table(
        {
            "id": whole(np.arange(len(pairs)) + 1),
            "postingperiod": whole(period),
            "accountingbook": whole(np.ones(len(pairs))),
            "fromsubsidiary": whole(np.array([ids[pair[1]] for pair in pairs], dtype=np.int64)),
            "tosubsidiary": whole(np.array([ids[pair[2]] for pair in pairs], dtype=np.int64)),
            "fromcurrency": whole(source + 1),
            "tocurrency": whole(target + 1),
            "currentrate": decimals(current, 6),
            "averagerate": decimals(average, 6),
            "historicalrate": decimals(average, 6),
        }
    )


# Partners and items


def _record_ids(records: Frame) -> np.ndarray:
    """Internal ids of customer records; a second record of the same customer has one of its own."""
    twice = [int(number) for number in parties.duplicate_numbers(records.customer).to_pylist()]
    return np.where(records.is_duplicate, np.array(twice, dtype=np.int64), customer_ids(records.customer))


def customers(snapshot: Snapshot) -> pa.Table:
    """Customers with the head of their group. A second record of one is never taken out, only made inactive."""
    frame, records = snapshot.world.customers, erp.known_customers(snapshot, SYSTEM)
    rows, ids, is_gone = records.customer, _record_ids(records), records.gone <= snapshot.day
    parent = frame.parent[rows]
    entity = erp.customer_entities(snapshot)[rows]
    kept = snapshot.books.entities(SYSTEM)
    entity = np.where(erp.is_kept(snapshot, SYSTEM, entity), entity, kept[0] if kept else 0)
    return pa.table(
        {
            "id": whole(ids),
            "entityid": text.plain(ids),
            "companyname": parties.customer_names(frame, rows),
            "email": text.repeated(None, len(rows)),
            "vatregnumber": parties.customer_tax_ids(frame, rows),
            "defaultbillingaddress": whole(_ADDRESS + ids),
            "parent": whole(customer_ids(np.maximum(parent, 0)), parent >= 0),
            "currency": whole(frame.currency[rows] + 1),
            "subsidiary": whole(_entity_ids()[entity]),
            "isperson": _flags(np.zeros(len(rows))),
            "isinactive": _flags(is_gone),
            "datecreated": _since(records.made),
            "lastmodifieddate": _since(np.where(is_gone, records.gone, records.made)),
        }
    )


def vendors(snapshot: Snapshot) -> pa.Table:
    """Vendors."""
    frame, rows = snapshot.world.suppliers, erp.known_suppliers(snapshot, SYSTEM)
    return pa.table(
        {
            "id": whole(vendor_ids(rows)),
            "entityid": text.plain(vendor_ids(rows)),
            "companyname": parties.supplier_names(frame, rows),
            "vatregnumber": parties.supplier_tax_ids(frame, rows),
            "defaultbillingaddress": whole(_ADDRESS + vendor_ids(rows)),
            "currency": whole(frame.currency[rows] + 1),
            "isperson": _flags(np.zeros(len(rows))),
            "isinactive": _flags(np.zeros(len(rows))),
            "datecreated": _since(frame.created[rows]),
            "lastmodifieddate": _since(frame.created[rows]),
        }
    )


def entity_addresses(snapshot: Snapshot) -> pa.Table:
    """The billing address of each customer and vendor, by the key their records name."""
    world = snapshot.world
    buyers, sellers = erp.known_customers(snapshot, SYSTEM), erp.known_suppliers(snapshot, SYSTEM)
    country = np.concatenate([world.customers.country[buyers.customer], world.suppliers.country[sellers]])
    return pa.table(
        {
            "nkey": whole(_ADDRESS + np.concatenate([_record_ids(buyers), vendor_ids(sellers)])),
            "country": text.chosen([land.code for land in parties.COUNTRIES], country),
        }
    )


def items(snapshot: Snapshot) -> pa.Table:
    """What is sold; the item's name is its part number."""
    known = erp.known_products(snapshot, SYSTEM)
    is_service = np.array([product.family in ("SERVICE", "CLOUD") for product, _ in known])
    created = np.array([since for _, since in known])
    return pa.table(
        {
            "id": whole(np.array([catalogue.PRODUCT[product.code] + 1 for product, _ in known])),
            "itemid": [product.code for product, _ in known],
            "fullname": [product.code for product, _ in known],
            "itemtype": text.where(is_service, "Service", "InvtPart"),
            "displayname": [product.name for product, _ in known],
            "class": whole(np.where(is_service, 2, 1)),
            "isinactive": _flags(np.zeros(len(known))),
            "lastmodifieddate": _since(created),
        }
    )


# Transactions


@dataclass(frozen=True)
class _Ledger:
    """The documents of NetSuite's entities that exist on the day, with their visible lines and their links.

    `of` is the position of each line's document among `documents`, `first` the position of each document's first line.
    Items that an entity brought over from the ERP it was in before are documents too: `is_brought_over` by line.
    """

    view: View
    documents: np.ndarray
    rows: np.ndarray
    lines: Frame
    of: np.ndarray
    first: np.ndarray
    type: np.ndarray
    links: Frame
    changed: np.ndarray
    is_brought_over: np.ndarray

    def ids(self, documents: np.ndarray) -> np.ndarray:
        """Internal ids of documents of the journal."""
        return _ERP.document_numbers(self.view.journal, documents)


def _ledger(snapshot: Snapshot) -> _Ledger:
    view = snapshot.journal
    rows = erp.ledger_rows(snapshot, SYSTEM)
    lines = view.lines(rows)
    own = len(rows)
    brought = [opening.brought_over(snapshot, moved) for moved in opening.done(snapshot, SYSTEM)]
    rows = np.concatenate([rows, *(items for items, _, _ in brought)])
    lines = Frame.stacked([lines, *(lines for _, lines, _ in brought)])
    links = erp.applications(view, rows, lines)
    rows = np.concatenate([rows, *(items for items, _, _ in brought)])
    lines = Frame.stacked([lines, *(offsets for _, _, offsets in brought)])
    documents, first, of = np.unique(lines.document, return_index=True, return_inverse=True)
    head = lines.take(first)
    is_item = lines.is_receivable | lines.is_payable
    side = np.zeros(len(documents), dtype=np.int64)
    np.add.at(side, of[is_item], np.sign(lines.amount[is_item]))
    names = [_TYPES.get(code, ("Journal", "Journal")) for code in TYPE]
    # A billing document that credits the customer is a credit memo, a payment that debits him a refund.
    is_other = np.where(head.type == TYPE["RV"], side < 0, side > 0)
    kinds = np.array(names)[head.type, is_other.astype(np.int8)]
    changed = np.maximum(head.entry, np.where(head.is_reversed, head.reversal_entry, 0)).astype(np.int64)
    place = np.full(len(view.journal.documents), -1)
    place[documents] = np.arange(len(documents))
    for ends in (links.previous_document, links.next_document):
        np.maximum.at(changed, place[ends], links.entered)
    return _Ledger(view, documents, rows, lines, of, first, kinds, links, changed, np.arange(len(rows)) >= own)


def _drafts(snapshot: Snapshot) -> tuple[np.ndarray, np.ndarray]:
    """Id and day of the draft journals begun so far."""
    if not snapshot.books.entities(SYSTEM):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    first, last = days.month_of(np.array([days.FIRST_DAY, snapshot.day]))
    begun = days.first_of_month(np.arange(first, last + 1)) + 26
    return _FIRST_DRAFT + np.flatnonzero(begun <= snapshot.day), begun[begun <= snapshot.day]


def deleted_records(snapshot: Snapshot) -> pa.Table:
    """Records that no other table shows any more: drafts that were thrown away."""
    ids, begun = _drafts(snapshot)
    gone = begun + _DRAFT_DAYS <= snapshot.day
    ids, begun = ids[gone], begun[gone]
    return pa.table(
        {
            "recordid": whole(ids),
            "recordtypeid": whole(np.full(len(ids), -30)),
            "scriptid": text.repeated("JOURNALENTRY", len(ids)),
            "type": text.repeated("Journal Entry", len(ids)),
            "name": text.joined("Journal #", text.plain(ids)),
            "deleteddate": times(moments(begun + _DRAFT_DAYS, 15 * 3600)),
            "iscustomrecord": _flags(np.zeros(len(ids))),
        }
    )


_TRANSACTION_COLUMNS = (
    "id",
    "tranid",
    "transactionnumber",
    "type",
    "status",
    "posting",
    "voided",
    "trandate",
    "duedate",
    "closedate",
    "postingperiod",
    "currency",
    "exchangerate",
    "entity",
    "otherrefnum",
    "memo",
    "foreigntotal",
    "isreversal",
    "reversal",
    "reversaldate",
    "createddate",
    "lastmodifieddate",
)


def transactions(snapshot: Snapshot) -> pa.Table:
    """Documents of the ledger, sales orders, and drafts not yet thrown away."""
    tables = [_ledger_transactions(snapshot), _sales_orders(snapshot)]
    tables += [_draft_transactions(snapshot), _opening_transactions(snapshot)]
    return _stacked(tables, _TRANSACTION_COLUMNS)


def _stacked(tables: list[pa.Table], columns: tuple[str, ...]) -> pa.Table:
    return pa.concat_tables([table.select(list(columns)) for table in tables], promote_options="permissive")


def _counterparty(lines: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Internal id of the customer or vendor of each line, and whether there is one."""
    ids = np.where(
        lines.customer >= 0, customer_ids(np.maximum(lines.customer, 0)), vendor_ids(np.maximum(lines.supplier, 0))
    )
    return ids, (lines.customer >= 0) | (lines.supplier >= 0)


def _ledger_transactions(snapshot: Snapshot) -> pa.Table:
    ledger = _ledger(snapshot)
    head = ledger.lines.take(ledger.first)
    count = len(head)
    is_item = ledger.lines.is_receivable | ledger.lines.is_payable
    total = sum_by(ledger.of, np.where(is_item, ledger.lines.amount, 0), count)
    # The document's partner is that of its item, or of its first line.
    of_item = ledger.first.copy()
    of_item[ledger.of[is_item][::-1]] = np.flatnonzero(is_item)[::-1]
    entity, has_entity = _counterparty(ledger.lines.take(of_item))
    is_open = _is_open(ledger)
    has_open = sum_by(ledger.of, is_open.astype(np.int64), count) > 0
    has_items = sum_by(ledger.of, is_item.astype(np.int64), count) > 0
    cleared_on = _cleared_on(ledger)
    closed = np.zeros(count, dtype=np.int64)
    np.maximum.at(closed, ledger.of, np.where(is_item & ~is_open, cleared_on, 0))
    rate = _rate(snapshot, head.currency.astype(np.int64), LOCAL_CURRENCY[head.entity], head.posting)
    prefix = pa.array([_PREFIXES[kind] for kind in ledger.type.tolist()], pa.string())
    own = text.joined(prefix, text.plain(ledger.ids(ledger.documents)))
    reference = erp.references(snapshot, head.reference_kind, head.reference)
    is_foreign_number = np.isin(ledger.type, ("VendBill",))
    reversal = np.maximum(head.reversed_by, 0)
    return pa.table(
        {
            "id": whole(ledger.ids(ledger.documents)),
            # A bill's number is the vendor's, and two vendors may choose the same.
            "tranid": text.where(is_foreign_number, reference, own),
            "transactionnumber": text.plain(ledger.ids(ledger.documents)),
            "type": pa.array(ledger.type),
            "status": text.where(has_items & ~has_open, "B", "A"),
            "posting": _flags(np.ones(count)),
            "voided": _flags(np.zeros(count)),
            "trandate": dates(head.posting),
            "duedate": dates(ledger.lines.due[of_item]),
            "closedate": dates(np.where(has_items & ~has_open, closed, NEVER)),
            "postingperiod": whole(_period_ids(head.entity, head.fiscal_year, head.period)),
            "currency": whole(head.currency.astype(np.int64) + 1),
            "exchangerate": decimals(rate, 6),
            "entity": whole(entity, has_entity),
            "otherrefnum": text.where(pa.compute.equal(reference, "").to_numpy(zero_copy_only=False), None, reference),
            "memo": text.chosen(list(TYPE), head.type),
            "foreigntotal": money(np.abs(total), head.currency.astype(np.int64)),
            "isreversal": _flags(head.reverses >= 0),
            "reversal": whole(ledger.ids(reversal), head.is_reversed),
            "reversaldate": dates(np.where(head.is_reversed, ledger.view.journal.documents.posting[reversal], NEVER)),
            "createddate": times(moments(head.entry, head.entry_second)),
            "lastmodifieddate": times(_stamps(ledger, head)),
        }
    )


def _stamps(ledger: _Ledger, head: Frame) -> np.ndarray:
    """The last change of each document: its entry, or the evening on which it was paid, applied or reversed."""
    return np.where(
        ledger.changed > head.entry, moments(ledger.changed, 18 * 3600), moments(head.entry, head.entry_second)
    )


def _is_open(ledger: _Ledger) -> np.ndarray:
    """Whether each line is an item with something unpaid. A payment in part is spent, though its invoice is open."""
    clearing, _ = ledger.view.clearing(ledger.rows)
    is_item = ledger.lines.is_receivable | ledger.lines.is_payable
    is_spent = np.isin(ledger.lines.document, ledger.links.next_document)
    return is_item & (clearing < 0) & ~is_spent


def _cleared_on(ledger: _Ledger) -> np.ndarray:
    """The posting date of what cleared each line, its own where nothing did."""
    clearing, _ = ledger.view.clearing(ledger.rows)
    posting = ledger.view.journal.documents.posting
    return np.where(clearing >= 0, posting[np.maximum(clearing, 0)], ledger.lines.posting)


def _sales_orders(snapshot: Snapshot) -> pa.Table:
    machines, today = snapshot.world.machines, snapshot.day
    orders = machines.orders
    rows = np.flatnonzero(_is_ordered(snapshot))
    chosen = orders.take(rows)
    done = erp.deliveries_done(snapshot)
    delivered = np.bincount(machines.items.order[done], minlength=len(orders))[rows]
    of_all = np.bincount(machines.items.order, minlength=len(orders))[rows]
    is_rejected = chosen.rejected <= today
    status = np.where(is_rejected, 3, np.where(delivered == of_all, 2, np.where(delivered > 0, 1, 0)))
    total = sum_by(machines.items.order, machines.items.net, len(orders))[rows]
    created = moments(chosen.day, 8 * 3600 + scattered(rows, 61) % 20_000)
    currency = chosen.currency.astype(np.int64)
    count, nobody = len(rows), np.zeros(len(rows), dtype=bool)
    return pa.table(
        {
            "id": whole(_FIRST_ORDER + rows),
            "tranid": text.joined("SO", text.plain(rows + 1)),
            "transactionnumber": text.plain(_FIRST_ORDER + rows),
            "type": text.repeated("SalesOrd", count),
            "status": text.chosen(["B", "D", "G", "H"], status),
            "posting": _flags(nobody),
            "voided": _flags(nobody),
            "trandate": dates(chosen.day),
            "duedate": dates(np.full(count, NEVER)),
            "closedate": dates(np.full(count, NEVER)),
            "postingperiod": whole(np.zeros(count), nobody),
            "currency": whole(currency + 1),
            "exchangerate": decimals(_rate(snapshot, currency, LOCAL_CURRENCY[chosen.entity], chosen.day), 6),
            "entity": whole(customer_ids(chosen.customer)),
            "otherrefnum": erp.opportunity_numbers(chosen.opportunity),
            "memo": text.repeated("Sales order", count),
            "foreigntotal": money(total, currency),
            "isreversal": _flags(nobody),
            "reversal": whole(np.zeros(count), nobody),
            "reversaldate": dates(np.full(count, NEVER)),
            "createddate": times(created),
            "lastmodifieddate": times(np.maximum(created, moments(_orders_changed(snapshot)[rows], 17 * 3600))),
        }
    )


def _is_ordered(snapshot: Snapshot) -> np.ndarray:
    """The orders NetSuite knows: its own. What was ordered before an entity moved here stays in the ERP of then."""
    orders = snapshot.world.machines.orders
    return snapshot.is_ordered & erp.is_kept_on(snapshot, SYSTEM, orders.entity, orders.day)


def _orders_changed(snapshot: Snapshot) -> np.ndarray:
    """The last day on which each order was delivered, billed or rejected."""
    machines, today = snapshot.world.machines, snapshot.day
    changed = np.where(machines.orders.rejected <= today, machines.orders.rejected, 0).astype(np.int64)
    for event in (machines.deliveries, machines.billings):
        np.maximum.at(changed, event.order, np.where(event.day <= today, event.day, 0))
    return changed


def _draft_transactions(snapshot: Snapshot) -> pa.Table:
    ids, begun = _living_drafts(snapshot)
    kept = snapshot.books.entities(SYSTEM)
    entity = np.full(len(ids), kept[0] if kept else 0)
    year, period = days.fiscal_year_and_period(begun, group.STARTS_IN_APRIL[entity])
    count, nobody = len(ids), np.zeros(len(ids), dtype=bool)
    return pa.table(
        {
            "id": whole(ids),
            "tranid": text.joined("DRAFT", text.plain(ids)),
            "transactionnumber": text.plain(ids),
            "type": text.repeated("Journal", count),
            "status": text.repeated("A", count),
            "posting": _flags(nobody),
            "voided": _flags(nobody),
            "trandate": dates(begun),
            "duedate": dates(np.full(count, NEVER)),
            "closedate": dates(np.full(count, NEVER)),
            "postingperiod": whole(_period_ids(entity, year, period)),
            "currency": whole(LOCAL_CURRENCY[entity] + 1),
            "exchangerate": decimals(np.full(count, 1_000_000), 6),
            "entity": whole(np.zeros(count), nobody),
            "otherrefnum": text.repeated(None, count),
            "memo": text.repeated("Draft", count),
            "foreigntotal": money(np.zeros(count, dtype=np.int64), LOCAL_CURRENCY[entity]),
            "isreversal": _flags(nobody),
            "reversal": whole(np.zeros(count), nobody),
            "reversaldate": dates(np.full(count, NEVER)),
            "createddate": times(moments(begun, 10 * 3600)),
            "lastmodifieddate": times(moments(begun, 10 * 3600)),
        }
    )


def _living_drafts(snapshot: Snapshot) -> tuple[np.ndarray, np.ndarray]:
    ids, begun = _drafts(snapshot)
    living = begun + _DRAFT_DAYS > snapshot.day
    return ids[living], begun[living]


_LINE_COLUMNS = (
    "transaction",
    "id",
    "linesequencenumber",
    "mainline",
    "taxline",
    "isclosed",
    "item",
    "quantity",
    "quantityshiprecv",
    "netamount",
    "foreignamount",
    "foreignamountunpaid",
    "foreignpaymentamountunused",
    "subsidiary",
    "department",
    "class",
    "entity",
    "memo",
    "createdfrom",
    "expectedshipdate",
    "linelastmodifieddate",
)


def transaction_lines(snapshot: Snapshot) -> pa.Table:
    """Lines of all transactions: line 0 first."""
    tables = [_ledger_lines(snapshot), _order_lines(snapshot), _draft_lines(snapshot), _opening_lines(snapshot)]
    return _stacked(tables, _LINE_COLUMNS)


def _ledger_lines(snapshot: Snapshot) -> pa.Table:
    ledger = _ledger(snapshot)
    lines = ledger.lines
    currency, local = lines.currency.astype(np.int64), LOCAL_CURRENCY[lines.entity]
    number = _ERP.line_numbers(lines.line.astype(np.int64))
    is_item = lines.is_receivable | lines.is_payable
    is_open = _is_open(ledger)
    linked = np.zeros(len(lines), dtype=np.int64)
    np.add.at(linked, ledger.links.position, ledger.links.amount)
    # Something is left of what is open, were it only a cent of rounding.
    unpaid = np.where(is_open, np.maximum(np.abs(lines.amount) - linked, 1), 0)
    pays = np.isin(ledger.type, _PAYING_TYPES)[ledger.of]
    entity, has_entity = _counterparty(lines)
    quantity, has_quantity = erp.billed_quantities(snapshot, lines)
    createdfrom, is_created = _created_from(snapshot, ledger)
    has_item = lines.product >= 0
    count = len(lines)
    return pa.table(
        {
            "transaction": whole(ledger.ids(lines.document)),
            "id": whole(number),
            "linesequencenumber": whole(number),
            "mainline": _flags(number == 0),
            "taxline": _flags(np.isin(lines.account, (chart.ACCOUNT["OUTPUT_TAX"], chart.ACCOUNT["INPUT_TAX"]))),
            "isclosed": _flags(np.zeros(count)),
            "item": whole(lines.product.astype(np.int64) + 1, has_item),
            # A sale takes goods out: its quantity is below zero, that of a credit memo above.
            "quantity": _nullable(decimals(quantity * np.where(lines.amount > 0, 1, -1), 0, 15), has_quantity),
            "quantityshiprecv": _nullable(
                decimals(np.zeros(count, dtype=np.int64), 0, 15), np.zeros(count, dtype=bool)
            ),
            "netamount": money(lines.local, local),
            "foreignamount": money(lines.amount, currency),
            "foreignamountunpaid": _nullable(money(unpaid, currency), is_item & ~pays),
            "foreignpaymentamountunused": _nullable(money(unpaid, currency), is_item & pays),
            "subsidiary": whole(_entity_ids()[lines.entity]),
            "department": whole(
                np.array([int(c.number) for c in COST_CENTRES])[lines.cost_centre], lines.cost_centre >= 0
            ),
            "class": whole(lines.segment.astype(np.int64) + 1),
            "entity": whole(entity, has_entity),
            "memo": text.repeated(None, count),
            "createdfrom": whole(createdfrom, is_created),
            "expectedshipdate": dates(np.full(count, NEVER)),
            "linelastmodifieddate": times(_stamps(ledger, lines.take(ledger.first))[ledger.of]),
        }
    )


def _nullable(values: pa.Array, known: np.ndarray) -> pa.Array:
    return pa.compute.if_else(pa.array(np.asarray(known, dtype=bool)), values, pa.scalar(None, values.type))


def _created_from(snapshot: Snapshot, ledger: _Ledger) -> tuple[np.ndarray, np.ndarray]:
    """What each line's transaction was made from: an invoice from its order, a credit memo from its invoice."""
    billings = snapshot.world.machines.billings
    is_billing = (ledger.lines.reference_kind == REFERENCE["billing_document"]) & ~ledger.is_brought_over
    billing = np.where(is_billing, ledger.lines.reference, 0)
    if not len(billings):
        return np.zeros(len(billing), dtype=np.int64), is_billing
    invoice = snapshot.world.billing_documents[np.maximum(billings.cancels[billing], 0)]
    is_credit = billings.kind[billing] == CANCELLATION
    return np.where(is_credit, ledger.ids(invoice), _FIRST_ORDER + billings.order[billing]), is_billing


def _order_lines(snapshot: Snapshot) -> pa.Table:
    machines, today = snapshot.world.machines, snapshot.day
    is_ordered = _is_ordered(snapshot)
    heads = np.flatnonzero(is_ordered)
    rows = np.flatnonzero(is_ordered[machines.items.order])
    sold = machines.items.take(rows)
    product = erp.sold_product(snapshot, sold)
    done = erp.deliveries_done(snapshot)[rows]
    total = sum_by(machines.items.order, machines.items.net, len(machines.orders))[heads]
    order = np.concatenate([heads, sold.order])
    number = np.concatenate([np.zeros(len(heads), dtype=np.int64), sold.number + 1])
    is_main = number == 0
    of = machines.orders.take(order)
    zeros, count = np.zeros(len(heads), dtype=np.int64), len(order)
    # Goods leave the company: quantity and amount of an order's lines are below zero, those of its main line above.
    amount = np.concatenate([total, -sold.net])
    quantity = np.concatenate([zeros, -sold.quantity])
    shipped = np.concatenate([zeros, np.where(done, sold.quantity, 0)])
    in_local = snapshot.world.rates.local(amount, of.currency.astype(np.int64), of.entity, of.day)
    created = moments(of.day, 8 * 3600 + scattered(order, 61) % 20_000)
    nobody = np.zeros(count, dtype=bool)
    return pa.table(
        {
            "transaction": whole(_FIRST_ORDER + order),
            "id": whole(number),
            "linesequencenumber": whole(number),
            "mainline": _flags(is_main),
            "taxline": _flags(nobody),
            "isclosed": _flags(of.rejected <= today),
            "item": whole(np.concatenate([zeros, product.astype(np.int64) + 1]), ~is_main),
            "quantity": _nullable(decimals(quantity, 0, 15), ~is_main),
            "quantityshiprecv": _nullable(decimals(shipped, 0, 15), ~is_main),
            "netamount": money(in_local, LOCAL_CURRENCY[of.entity]),
            "foreignamount": money(amount, of.currency.astype(np.int64)),
            "foreignamountunpaid": _nullable(money(amount, of.currency.astype(np.int64)), nobody),
            "foreignpaymentamountunused": _nullable(money(amount, of.currency.astype(np.int64)), nobody),
            "subsidiary": whole(_entity_ids()[of.entity]),
            "department": whole(np.zeros(count), nobody),
            "class": whole(np.full(count, group.MACHINES + 1)),
            "entity": whole(customer_ids(of.customer)),
            "memo": text.repeated(None, count),
            "createdfrom": whole(np.zeros(count), nobody),
            "expectedshipdate": dates(of.requested),
            "linelastmodifieddate": times(np.maximum(created, moments(_orders_changed(snapshot)[order], 17 * 3600))),
        }
    )


def _draft_lines(snapshot: Snapshot) -> pa.Table:
    """Two lines of 100.00 each way."""
    ids, begun = (np.repeat(part, 2) for part in _living_drafts(snapshot))
    kept = snapshot.books.entities(SYSTEM)
    entity = np.full(len(ids), kept[0] if kept else 0)
    number, local = np.arange(len(ids)) % 2, LOCAL_CURRENCY[entity]
    amount = 10_000 * (1 - 2 * number)
    count, nobody = len(ids), np.zeros(len(ids), dtype=bool)
    return pa.table(
        {
            "transaction": whole(ids),
            "id": whole(number),
            "linesequencenumber": whole(number),
            "mainline": _flags(number == 0),
            "taxline": _flags(nobody),
            "isclosed": _flags(nobody),
            "item": whole(np.zeros(count), nobody),
            "quantity": _nullable(decimals(amount, 0, 15), nobody),
            "quantityshiprecv": _nullable(decimals(amount, 0, 15), nobody),
            "netamount": money(amount, local),
            "foreignamount": money(amount, local),
            "foreignamountunpaid": _nullable(money(amount, local), nobody),
            "foreignpaymentamountunused": _nullable(money(amount, local), nobody),
            "subsidiary": whole(_entity_ids()[entity]),
            "department": whole(np.zeros(count), nobody),
            "class": whole(np.zeros(count), nobody),
            "entity": whole(np.zeros(count), nobody),
            "memo": text.repeated("Draft", count),
            "createdfrom": whole(np.zeros(count), nobody),
            "expectedshipdate": dates(np.full(count, NEVER)),
            "linelastmodifieddate": times(moments(begun, 10 * 3600)),
        }
    )


@dataclass(frozen=True)
class _Opening:
    """The lines of the opening journals: entity, book, account, amount in local currency, last day of the old books."""

    id: np.ndarray
    entity: np.ndarray
    ledger: np.ndarray
    account: np.ndarray
    local: np.ndarray
    day: np.ndarray
    line: np.ndarray


def _opening(snapshot: Snapshot) -> _Opening:
    lines = [
        (
            _FIRST_OPENING + moved.entity * 10 + ledger,
            moved.entity,
            ledger,
            account,
            balances[account],
            moved.until,
            line,
        )
        for moved in opening.done(snapshot, SYSTEM)
        for ledger, balances in enumerate(opening.balances(snapshot, moved))
        for line, account in enumerate(np.flatnonzero(balances))
    ]
    return _Opening(*np.array(lines, dtype=np.int64).reshape(-1, 7).T)


def _opening_transactions(snapshot: Snapshot) -> pa.Table:
    """One journal per entity that moved here and book, dated the last day of the old books."""
    lines = _opening(snapshot)
    ids, first = np.unique(lines.id, return_index=True)
    entity, day, count = lines.entity[first], lines.day[first], len(ids)
    year, period = days.fiscal_year_and_period(day, group.STARTS_IN_APRIL[entity])
    nobody = np.zeros(count, dtype=bool)
    return pa.table(
        {
            "id": whole(ids),
            "tranid": text.joined("JE", text.plain(ids)),
            "transactionnumber": text.plain(ids),
            "type": text.repeated("Journal", count),
            "status": text.repeated("A", count),
            "posting": _flags(np.ones(count)),
            "voided": _flags(nobody),
            "trandate": dates(day),
            "duedate": dates(np.full(count, NEVER)),
            "closedate": dates(np.full(count, NEVER)),
            "postingperiod": whole(_period_ids(entity, year, period)),
            "currency": whole(LOCAL_CURRENCY[entity] + 1),
            "exchangerate": decimals(np.full(count, 1_000_000), 6),
            "entity": whole(np.zeros(count), nobody),
            "otherrefnum": text.repeated(None, count),
            "memo": text.repeated("Opening balances", count),
            "foreigntotal": money(np.zeros(count, dtype=np.int64), LOCAL_CURRENCY[entity]),
            "isreversal": _flags(nobody),
            "reversal": whole(np.zeros(count), nobody),
            "reversaldate": dates(np.full(count, NEVER)),
            "createddate": times(moments(day + 1, 5 * 3600)),
            "lastmodifieddate": times(moments(day + 1, 5 * 3600)),
        }
    )


def _opening_lines(snapshot: Snapshot) -> pa.Table:
    lines = _opening(snapshot)
    count, local = len(lines.id), LOCAL_CURRENCY[lines.entity]
    nobody, amount = np.zeros(count, dtype=bool), money(lines.local, local)
    nothing = np.zeros(count, dtype=np.int64)
    return pa.table(
        {
            "transaction": whole(lines.id),
            "id": whole(lines.line),
            "linesequencenumber": whole(lines.line),
            "mainline": _flags(lines.line == 0),
            "taxline": _flags(nobody),
            "isclosed": _flags(nobody),
            "item": whole(nothing, nobody),
            "quantity": _nullable(decimals(nothing, 0, 15), nobody),
            "quantityshiprecv": _nullable(decimals(nothing, 0, 15), nobody),
            "netamount": amount,
            "foreignamount": amount,
            "foreignamountunpaid": _nullable(amount, nobody),
            "foreignpaymentamountunused": _nullable(amount, nobody),
            "subsidiary": whole(_entity_ids()[lines.entity]),
            "department": whole(nothing, nobody),
            "class": whole(nothing, nobody),
            "entity": whole(nothing, nobody),
            "memo": text.repeated("Opening balances", count),
            "createdfrom": whole(nothing, nobody),
            "expectedshipdate": dates(np.full(count, NEVER)),
            "linelastmodifieddate": times(moments(lines.day + 1, 5 * 3600)),
        }
    )


def accounting_lines(snapshot: Snapshot) -> pa.Table:
    """What each line does to the books: base currency of the subsidiary, one row per book it is posted in."""
    ledger = _ledger(snapshot)
    lines = ledger.lines
    posted = pa.table(
        {
            "transaction": whole(ledger.ids(lines.document)),
            "transactionline": whole(_ERP.line_numbers(lines.line.astype(np.int64))),
            "accountingbook": whole(np.array([int(ledger_) for ledger_ in _ERP.ledgers])[lines.ledger]),
            "account": whole(_account_ids(lines.account)),
            "posting": _flags(np.ones(len(lines))),
            **_sides(lines.local, LOCAL_CURRENCY[lines.entity]),
        }
    )
    ids, _ = (np.repeat(part, 2) for part in _living_drafts(snapshot))
    kept = snapshot.books.entities(SYSTEM)
    number = np.arange(len(ids)) % 2
    local = LOCAL_CURRENCY[np.full(len(ids), kept[0] if kept else 0)]
    drafted = pa.table(
        {
            "transaction": whole(ids),
            "transactionline": whole(number),
            "accountingbook": whole(np.ones(len(ids))),
            "account": whole(_account_ids(np.full(len(ids), chart.ACCOUNT["ACCRUED"]))),
            "posting": _flags(np.zeros(len(ids))),
            **_sides(10_000 * (1 - 2 * number), local),
        }
    )
    balances = _opening(snapshot)
    opened = pa.table(
        {
            "transaction": whole(balances.id),
            "transactionline": whole(balances.line),
            "accountingbook": whole(np.array([int(ledger_) for ledger_ in _ERP.ledgers])[balances.ledger]),
            "account": whole(_account_ids(balances.account)),
            "posting": _flags(np.ones(len(balances.id))),
            **_sides(balances.local, LOCAL_CURRENCY[balances.entity]),
        }
    )
    return pa.concat_tables([posted, drafted, opened])


def _sides(amount: np.ndarray, currency: np.ndarray) -> dict[str, pa.Array]:
    """The signed amount, and debit and credit as positive numbers of which one is null."""
    is_debit = amount >= 0
    return {
        "amount": money(amount, currency),
        "debit": _nullable(money(np.abs(amount), currency), is_debit),
        "credit": _nullable(money(np.abs(amount), currency), ~is_debit),
    }


def line_links(snapshot: Snapshot) -> pa.Table:
    """Which transaction pays which line."""
    ledger = _ledger(snapshot)
    links = ledger.links
    documents = ledger.view.journal.documents
    return pa.table(
        {
            "previousdoc": whole(ledger.ids(links.previous_document)),
            "previousline": whole(_ERP.line_numbers(links.previous_line)),
            "nextdoc": whole(ledger.ids(links.next_document)),
            "nextline": whole(np.zeros(len(links))),
            "nextdate": dates(documents.posting[links.next_document]),
            "linktype": text.repeated("Payment", len(links)),
            "foreignamount": money(links.amount, links.currency.astype(np.int64)),
            "lastmodifieddate": times(moments(links.entered, 18 * 3600)),
        }
    )


TABLES = {
    **{
        make.__name__: make
        for make in (
            subsidiaries,
            fiscal_calendars,
            accounting_periods,
            accounting_period_calendars,
            accounting_books,
            account_types,
            accounts,
            departments,
            classes,
            currency_rates,
            consolidated_exchange_rates,
            customers,
            vendors,
            entity_addresses,
            items,
            transactions,
            transaction_lines,
            accounting_lines,
            line_links,
            deleted_records,
        )
    },
    "currencies": currency_records,
}
