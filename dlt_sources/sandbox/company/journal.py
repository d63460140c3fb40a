"""The ledger: every event becomes a balanced document here, in transaction, local and group currency.

Amounts are whole minor units, debit > 0. Documents exist in all variants that the labelled errors can cause: one that
exists only with an error names it in `only_with`, one that exists only without it in `not_with`. So numbers do not
depend on which errors are on, nor on the day the company is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from dlt_sources.sandbox.company import days
from dlt_sources.sandbox.company.chart import ACCOUNT
from dlt_sources.sandbox.company.days import NEVER
from dlt_sources.sandbox.company.draws import scattered
from dlt_sources.sandbox.company.errors import CODE, Switches
from dlt_sources.sandbox.company.frame import Frame, sum_by
from dlt_sources.sandbox.company.group import (
    COST_CENTRE_IS_SERVICE,
    CURRENCY,
    GROUP_CURRENCY,
    LOCAL_CURRENCY,
    MACHINES,
    SERVICES,
    STARTS_IN_APRIL,
)
from dlt_sources.sandbox.company.rates import Rates

LEDGERS = ("0L", "2L")
# Document types with the first two digits of their number range and their text.
DOCUMENT_TYPES = {
    "SA": ("01", "G/L posting"),
    "HR": ("02", "Payroll"),
    "AF": ("03", "Depreciation"),
    "AB": ("04", "Accrual"),
    "ZP": ("05", "Bank posting"),
    "RV": ("90", "Billing"),
    "DR": ("18", "Subscription invoice"),
    "DG": ("16", "Credit note"),
    "DZ": ("14", "Customer payment"),
    "IC": ("17", "Charge between affiliates"),
    "WL": ("49", "Goods issue"),
    "WE": ("50", "Goods receipt"),
    "RE": ("51", "Supplier invoice"),
    "KR": ("19", "Vendor invoice"),
    "KZ": ("15", "Supplier payment"),
}
TYPE = {code: position for position, code in enumerate(DOCUMENT_TYPES)}
# What a document refers to; the SAP tables spell the reference out from kind and number.
REFERENCE_KINDS = (
    "none",
    "billing_document",
    "delivery",
    "stripe_invoice",
    "posting_batch",
    "credit_note",
    "charge",
    "payout",
    "affiliate_charge",
    "purchase_order",
    "supplier_invoice",
    "payment",
    "month",
)
REFERENCE = {kind: position for position, kind in enumerate(REFERENCE_KINDS)}

_CUSTOMER_ACCOUNTS = [ACCOUNT["AR_TRADE"], ACCOUNT["AR_AFFILIATES"]]
_SUPPLIER_ACCOUNTS = [ACCOUNT["AP_TRADE"], ACCOUNT["AP_AFFILIATES"]]
_ACCOUNT_ERROR = CODE["missing_account_mapping"]
_COST_CENTRE_ERROR = CODE["closed_cost_centre"]
_PRODUCT_ERROR = CODE["missing_product_mapping"]

_LINE_TYPES = {
    "document": np.int64,
    "account": np.int16,
    "amount": np.int64,
    "local": np.int64,
    "customer": np.int32,
    "supplier": np.int32,
    "cost_centre": np.int16,
    "segment": np.int8,
    "product": np.int16,
    "partner": np.int8,
    "due": np.int32,
    "terms": np.int16,
    "error": np.int8,
    "instead": np.int16,
}


@dataclass
class Line:
    """A line template: one ledger line per document, or one per entry of `of` (positions of documents).

    `local` may be given where the amount in local currency was decided earlier (clearing what was posted at another
    rate); otherwise it is the spot of the posting date. `error` and `instead`: with that error on, the line has the
    account (or the cost centre or product, as the error says) `instead`.
    """

    account: str | np.ndarray
    amount: np.ndarray
    of: np.ndarray | None = None
    local: np.ndarray | None = None
    customer: np.ndarray | int = -1
    supplier: np.ndarray | int = -1
    cost_centre: np.ndarray | int = -1
    segment: np.ndarray | int = -1
    product: np.ndarray | int = -1
    partner: np.ndarray | int = -1
    due: np.ndarray | int = NEVER
    terms: np.ndarray | int = 0
    error: np.ndarray | int = 0
    instead: np.ndarray | int = 0
    keep_zero: bool = False


@dataclass
class Posted:
    """What a posting gave: document positions in the book, and per line template its lines' positions and amounts."""

    documents: np.ndarray
    lines: list[np.ndarray] = field(default_factory=list)
    locals: list[np.ndarray] = field(default_factory=list)


class Book:
    """Collects documents; `closed()` numbers them."""

    def __init__(self, rates: Rates):
        self.rates = rates
        self._documents: list[Frame] = []
        self._lines: list[Frame] = []
        self._document_count = 0
        self._line_count = 0
        self._clearings: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self._invoice_references: list[tuple[np.ndarray, np.ndarray]] = []
        self._reversals: list[tuple[np.ndarray, np.ndarray]] = []

    def post(
        self,
        document_type: str,
        entity: np.ndarray,
        posting: np.ndarray,
        lines: Sequence[Line],
        *,
        currency: np.ndarray | None = None,
        document_date: np.ndarray | None = None,
        entry: np.ndarray | None = None,
        reference: tuple[str, np.ndarray] | None = None,
        assignment: tuple[str, np.ndarray] | None = None,
        only_with: np.ndarray | int = 0,
        not_with: np.ndarray | int = 0,
        special_period: int = 0,
        ledger: int = 0,
        leftover: str = "ROUNDING",
    ) -> Posted:
        """Adds one document per row and returns where it went.

        Lines whose amount is 0 are left out. What the local amounts lack to 0 is posted to the account `leftover`.
        """
        count = len(entity)

        def column(value: np.ndarray | int, dtype: type) -> np.ndarray:
            return np.broadcast_to(np.asarray(value, dtype=dtype), count)

        currency = LOCAL_CURRENCY[entity] if currency is None else currency
        kind, number = reference or ("none", 0)
        # A payment is assigned to itself: by that number the bank's statement is found again.
        assignment_kind, assignment_number = assignment or ((kind, number) if kind == "payment" else ("none", 0))
        posted = Posted(self._document_count + np.arange(count))
        self._documents.append(
            Frame(
                type=column(TYPE[document_type], np.int8),
                entity=column(entity, np.int8),
                currency=column(currency, np.int8),
                posting=column(posting, np.int32),
                document_date=column(posting if document_date is None else document_date, np.int32),
                entry=column(posting if entry is None else entry, np.int32),
                reference_kind=column(REFERENCE[kind], np.int8),
                reference=column(number, np.int64),
                assignment_kind=column(REFERENCE[assignment_kind], np.int8),
                assignment=column(assignment_number, np.int64),
                only_with=column(only_with, np.int8),
                not_with=column(not_with, np.int8),
                special_period=column(special_period, np.int8),
                ledger=column(ledger, np.int8),
            )
        )
        missing = np.zeros(count, dtype=np.int64)
        for line in lines:
            of = np.arange(count) if line.of is None else line.of
            local = (
                self.rates.local(line.amount, currency[of], entity[of], np.asarray(posting)[of])
                if line.local is None
                else np.broadcast_to(line.local, len(of))
            )
            account = ACCOUNT[line.account] if isinstance(line.account, str) else line.account
            kept = np.ones(len(of), dtype=bool) if line.keep_zero else (line.amount != 0) | (local != 0)
            self._add_lines(posted, line, of, kept, account, local)
            missing -= sum_by(of, local, count)
        rows = np.flatnonzero(missing)
        if len(rows):
            zero = np.zeros(len(rows), dtype=np.int64)
            difference = Line(leftover, zero, segment=0)
            self._add_lines(posted, difference, rows, np.ones(len(rows), dtype=bool), ACCOUNT[leftover], missing[rows])
        self._document_count += count
        return posted

    def _add_lines(
        self, posted: Posted, line: Line, of: np.ndarray, kept: np.ndarray, account: np.ndarray | int, local: np.ndarray
    ) -> None:
        values = {
            "document": posted.documents[of],
            "account": account,
            "amount": line.amount,
            "local": local,
            "customer": line.customer,
            "supplier": line.supplier,
            "cost_centre": line.cost_centre,
            "segment": line.segment,
            "product": line.product,
            "partner": line.partner,
            "due": line.due,
            "terms": line.terms,
            "error": line.error,
            "instead": line.instead,
        }
        self._lines.append(
            Frame(
                **{
                    name: np.broadcast_to(np.asarray(values[name], dtype=dtype), len(of))[kept]
                    for name, dtype in _LINE_TYPES.items()
                }
            )
        )
        positions = np.full(len(of), -1)
        positions[kept] = self._line_count + np.arange(int(kept.sum()))
        posted.lines.append(positions)
        posted.locals.append(np.asarray(local))
        self._line_count += int(kept.sum())

    def clear(self, lines: np.ndarray, documents: np.ndarray, unless: np.ndarray | int = 0) -> None:
        """Says which document clears these open items; with the error `unless` on, they stay open."""
        self._clearings.append((lines, documents, np.broadcast_to(np.asarray(unless, dtype=np.int8), len(lines))))

    def refer(self, lines: np.ndarray, invoice_lines: np.ndarray) -> None:
        """Says which invoice's item these items (payments) belong to."""
        self._invoice_references.append((lines, invoice_lines))

    def reverse(self, originals: np.ndarray, reversals: np.ndarray) -> None:
        """Says which document each reversal takes back."""
        self._reversals.append((originals, reversals))

    def balances(self, account: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Entity, posting day and local amount of the lines on an account, as the company is without errors."""
        documents = Frame.stacked(self._documents)
        lines = Frame.stacked(self._lines)
        of = lines.document
        rows = (lines.account == ACCOUNT[account]) & (documents.only_with[of] == 0) & (documents.ledger[of] == 0)
        return documents.entity[of[rows]].astype(np.int64), documents.posting[of[rows]], lines.local[rows]

    def closed(self, has_special_periods: np.ndarray) -> Journal:
        """The numbered journal; what an entity whose ERP has no special periods posts there is in its last period."""
        documents = Frame.stacked(self._documents)
        lines = Frame.stacked(self._lines)
        count = len(documents)
        fiscal_year, period = days.fiscal_year_and_period(documents.posting, STARTS_IN_APRIL[documents.entity])
        is_special = (documents.special_period > 0) & has_special_periods[documents.entity]
        period = np.where(is_special, documents.special_period, period)
        cleared_by = np.full(len(lines), -1, dtype=np.int64)
        open_with = np.zeros(len(lines), dtype=np.int8)
        for positions, clearing, unless in self._clearings:
            cleared_by[positions] = clearing
            open_with[positions] = unless
        invoice_line = np.full(len(lines), -1, dtype=np.int64)
        for positions, invoices in self._invoice_references:
            invoice_line[positions] = invoices
        reverses = np.full(count, -1, dtype=np.int64)
        reversed_by = np.full(count, -1, dtype=np.int64)
        for originals, reversals in self._reversals:
            reverses[reversals] = originals
            reversed_by[originals] = reversals

        # Numbers count up in the order of entry, per entity, year and number range.
        order = np.lexsort((np.arange(count), documents.entry, documents.type, fiscal_year, documents.entity))
        key = (documents.entity.astype(np.int64) * 10_000 + fiscal_year) * 100 + documents.type
        sorted_key = key[order]
        starts = np.flatnonzero(np.r_[True, sorted_key[1:] != sorted_key[:-1]])
        rank = np.arange(count) - np.repeat(starts, np.diff(np.r_[starts, count]))
        number = np.empty(count, dtype=np.int64)
        ranges = np.array([int(prefix) for prefix, _ in DOCUMENT_TYPES.values()])
        number[order] = ranges[documents.type[order]] * 10**8 + rank + 1

        # Documents in the order of their keys; lines within them in the order they were posted.
        by_key = np.lexsort((number, fiscal_year, documents.entity))
        place = np.empty(count, dtype=np.int64)
        place[by_key] = np.arange(count)
        line_order = np.argsort(place[lines.document], kind="stable")
        line_place = np.empty(len(lines), dtype=np.int64)
        line_place[line_order] = np.arange(len(lines))

        def moved(positions: np.ndarray, new_place: np.ndarray) -> np.ndarray:
            return np.where(positions >= 0, new_place[positions], -1)

        documents = documents.extended(
            fiscal_year=fiscal_year.astype(np.int16),
            period=period.astype(np.int8),
            number=number,
            reverses=moved(reverses, place),
            reversed_by=moved(reversed_by, place),
        ).take(by_key)
        lines = lines.extended(
            cleared_by=moved(cleared_by, place),
            open_with=open_with,
            invoice_line=moved(invoice_line, line_place),
        ).take(line_order)
        return Journal(documents, lines.extended(document=place[lines.document]), self.rates, place)


class Journal:
    """All documents in all variants, in the order of entity, fiscal year and number, with their lines.

    `place` gives the position here of each document of the book.
    """

    def __init__(self, documents: Frame, lines: Frame, rates: Rates, place: np.ndarray):
        self.place = place
        self.documents = documents
        first = np.searchsorted(lines.document, np.arange(len(documents)))
        of = lines.document
        entity = documents.entity[of].astype(np.int64)
        segment = np.where(lines.cost_centre >= 0, COST_CENTRE_IS_SERVICE[lines.cost_centre], lines.segment)
        self.lines = lines.extended(
            line=(np.arange(len(lines)) - first[of] + 1).astype(np.int32),
            group=_group_amounts(lines, documents, entity, rates),
            segment=np.clip(segment, MACHINES, SERVICES).astype(np.int8),
            entity=entity,
            is_receivable=np.isin(lines.account, _CUSTOMER_ACCOUNTS),
            is_payable=np.isin(lines.account, _SUPPLIER_ACCOUNTS),
        )
        # Where a system numbers all its documents in one row: in the order in which they were entered.
        self.entry_rank = np.empty(len(documents), dtype=np.int64)
        by_entry = np.argsort(documents.entry, kind="stable")
        self.entry_rank[by_entry] = np.arange(len(documents))
        # Where it numbers the lines of an entity through, in the order of their entry: how many come before a document.
        in_entity = by_entry[np.argsort(documents.entity[by_entry], kind="stable")]
        counts = np.bincount(of, minlength=len(documents))[in_entity]
        before, begins = np.cumsum(counts) - counts, np.searchsorted(documents.entity[in_entity], documents.entity)
        self.lines_before = np.empty(len(documents), dtype=np.int64)
        self.lines_before[in_entity] = before - before[begins[in_entity]]
        self.entry_second = 7 * 3600 + scattered(np.arange(len(documents)), 31) % (11 * 3600)

    def view(self, as_of: int, switches: Switches) -> View:
        """The journal as the system shows it on a day."""
        documents = self.documents
        exists = (documents.only_with == 0) | switches.are_on(documents.only_with)
        exists &= ~switches.are_on(documents.not_with) & (documents.entry <= as_of)
        return View(self, as_of, switches, exists)


class View:
    """The lines visible on a day, with the fields that change as they were on that day."""

    def __init__(self, journal: Journal, as_of: int, switches: Switches, exists: np.ndarray):
        self.journal = journal
        self.as_of = as_of
        self.switches = switches
        self.document_exists = exists
        self.rows = np.flatnonzero(exists[journal.lines.document])

    def lines(self, rows: np.ndarray) -> Frame:
        """The lines at these positions of the journal, with their documents' columns in front of their own."""
        journal = self.journal
        lines = journal.lines.take(rows)
        documents = journal.documents.take(lines.document)
        wrong = np.where(self.switches.are_on(lines.error), lines.error, 0)
        return Frame(
            **{name: column for name, column in documents.columns.items() if name != "entity"},
            **{
                name: column
                for name, column in lines.columns.items()
                if name not in ("account", "cost_centre", "product")
            },
            position=rows,
            account=np.where(wrong == _ACCOUNT_ERROR, lines.instead, lines.account),
            cost_centre=np.where(wrong == _COST_CENTRE_ERROR, lines.instead, lines.cost_centre),
            product=np.where(wrong == _PRODUCT_ERROR, lines.instead, lines.product),
            entry_second=journal.entry_second[lines.document],
            is_reversed=self.reversal_entry(documents.reversed_by) <= self.as_of,
            reversal_entry=self.reversal_entry(documents.reversed_by),
        )

    def reversal_entry(self, reversed_by: np.ndarray) -> np.ndarray:
        """The day the reversing document was entered, NEVER where there is none."""
        return np.where(reversed_by >= 0, self.journal.documents.entry[reversed_by], NEVER)

    def clearing(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The clearing document of each line (or -1) as of the day, and the day the clearing was entered (or NEVER)."""
        lines = self.journal.lines
        by = lines.cleared_by[rows]
        entered = np.where(by >= 0, self.journal.documents.entry[by], NEVER)
        # An item that was itself posted late can be cleared only then.
        entered = np.maximum(entered, self.journal.documents.entry[lines.document[rows]])
        stays_open = self.switches.are_on(lines.open_with[rows]) | (entered > self.as_of) | (by < 0)
        return np.where(stays_open, -1, by), np.where(stays_open, NEVER, entered)


def _group_amounts(lines: Frame, documents: Frame, entity: np.ndarray, rates: Rates) -> np.ndarray:
    """Local amounts in group currency at the spot of the posting date.

    What a document lacks to 0 after rounding goes to its largest line, as the ERP does for a parallel currency.
    """
    posting = documents.posting[lines.document]
    euro = np.full(len(lines), CURRENCY[GROUP_CURRENCY])
    in_group = rates.converted(lines.local, LOCAL_CURRENCY[entity], euro, posting)
    missing = -sum_by(lines.document, in_group, len(documents))
    by_size = np.lexsort((np.abs(in_group), lines.document))
    last = np.searchsorted(lines.document[by_size], np.arange(len(documents)), side="right") - 1
    in_group[by_size[last]] += missing
    return in_group
