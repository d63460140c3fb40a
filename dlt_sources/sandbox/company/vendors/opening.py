"""What an entity brings into the books of a new ERP: the balance of every account, and open items one by one.

All of it is dated the last day of the old books and entered the morning after, so the new ones open with the old
closing. Each item is a document of its own with retained earnings on the other side; the balances count that back, so
nothing is left there once all items are in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dlt_sources.sandbox.company import chart, days
from dlt_sources.sandbox.company.chart import ACCOUNT
from dlt_sources.sandbox.company.days import NEVER
from dlt_sources.sandbox.company.frame import Frame, sum_by
from dlt_sources.sandbox.company.group import STARTS_IN_APRIL
from dlt_sources.sandbox.company.journal import LEDGERS

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.books import CutOver
    from dlt_sources.sandbox.company.world import Snapshot

# Against what the items are brought over.
OFFSET = ACCOUNT["RETAINED_EARNINGS"]
# With the error on, a part of the first of these stands on the second in the new books.
BALANCE_TAKEN_FROM, BALANCE_GIVEN_TO = ACCOUNT["ACCRUED"], ACCOUNT["PROVISIONS"]
_WRONG_PER_MILLE = 125


def done(snapshot: Snapshot, system: str) -> list[CutOver]:
    """The cut-overs into this ERP that have happened by the day."""
    return [each for each in snapshot.books.cut_overs if each.then == system and each.until < snapshot.day]


def open_items(snapshot: Snapshot, moved: CutOver) -> np.ndarray:
    """The lines that customers and suppliers had not settled when the books moved."""
    view = snapshot.journal
    lines, documents = view.journal.lines, view.journal.documents
    rows = view.rows[(lines.entity == moved.entity)[view.rows]]
    rows = rows[
        (lines.is_receivable | lines.is_payable)[rows] & (documents.posting[lines.document[rows]] <= moved.until)
    ]
    by, stays_open = lines.cleared_by[rows], snapshot.switches.are_on(lines.open_with[rows])
    return rows[(by < 0) | stays_open | (documents.posting[by] > moved.until)]


def forgotten_item(snapshot: Snapshot, moved: CutOver) -> int | None:
    """The open item that nobody brought over, where the error is on: of a customer, and if possible still open."""
    if "cut_over_item_forgotten" not in snapshot.switches:
        return None
    view = snapshot.journal
    rows = open_items(snapshot, moved)
    rows = rows[(view.journal.lines.account == ACCOUNT["AR_TRADE"])[rows] & (view.journal.lines.amount > 0)[rows]]
    if not len(rows):
        return None
    never_settled = view.journal.lines.cleared_by[rows] < 0
    return int(rows[np.argmax(never_settled)])


def balance_moved(snapshot: Snapshot, moved: CutOver) -> int:
    """How much of a balance was brought in on another account, in local currency; 0 where the error is off."""
    if "cut_over_balance_differs" not in snapshot.switches:
        return 0
    return int(_closing(snapshot, moved)[0, BALANCE_TAKEN_FROM]) * _WRONG_PER_MILLE // 1000


def _closing(snapshot: Snapshot, moved: CutOver) -> np.ndarray:
    """The closing balances of the old books by ledger and account: income and expense of the year that runs."""
    view = snapshot.journal
    lines = view.lines(view.rows[(view.journal.lines.entity == moved.entity)[view.rows]])
    lines = lines.take(lines.posting <= moved.until)
    year, _ = days.fiscal_year_and_period(np.array([moved.until + 1]), STARTS_IN_APRIL[[moved.entity]])
    is_balance_sheet = np.array(chart.IS_BALANCE_SHEET)[lines.account]
    is_of_an_earlier_year = ~is_balance_sheet & (lines.fiscal_year < year[0])
    account = np.where(is_of_an_earlier_year, ACCOUNT["RETAINED_EARNINGS"], lines.account)
    count = len(LEDGERS) * len(ACCOUNT)
    return sum_by(lines.ledger * len(ACCOUNT) + account, lines.local, count).reshape(len(LEDGERS), len(ACCOUNT))


def balances(snapshot: Snapshot, moved: CutOver) -> np.ndarray:
    """What the opening journals post by ledger and account, in local currency: all but the items' accounts."""
    closing = _closing(snapshot, moved)
    items = snapshot.journal.journal.lines.take(open_items(snapshot, moved))
    for account in np.unique(items.account):
        closing[0, account] -= items.local[items.account == account].sum()
    closing[0, OFFSET] += items.local.sum()
    wrong = balance_moved(snapshot, moved)
    closing[0, BALANCE_TAKEN_FROM] -= wrong
    closing[0, BALANCE_GIVEN_TO] += wrong
    return closing


def brought_over(snapshot: Snapshot, moved: CutOver) -> tuple[np.ndarray, Frame, Frame]:
    """The open items as documents of the new books: their rows in the journal, their lines, and the offset of each."""
    rows = open_items(snapshot, moved)
    rows = rows[rows != forgotten_item(snapshot, moved)]
    lines = snapshot.journal.lines(rows)
    count = len(rows)
    year, period = days.fiscal_year_and_period(np.full(count, moved.until), STARTS_IN_APRIL[lines.entity])
    items = lines.extended(
        posting=np.full(count, moved.until, dtype=lines.posting.dtype),
        document_date=np.full(count, moved.until, dtype=lines.posting.dtype),
        entry=np.full(count, moved.until + 1, dtype=lines.entry.dtype),
        entry_second=np.full(count, 5 * 3600, dtype=lines.entry_second.dtype),
        fiscal_year=year.astype(lines.fiscal_year.dtype),
        period=period.astype(lines.period.dtype),
        line=np.ones(count, dtype=lines.line.dtype),
        reverses=np.full(count, -1),
        product=np.full(count, -1, dtype=lines.product.dtype),
    )
    nobody = {name: np.full(count, -1, dtype=lines.columns[name].dtype) for name in ("customer", "supplier", "partner")}
    offsets = items.extended(
        **nobody,
        account=np.full(count, OFFSET, dtype=lines.account.dtype),
        amount=-items.amount,
        local=-items.local,
        group=-items.group,
        line=items.line + 1,
        due=np.full(count, NEVER, dtype=lines.due.dtype),
        is_receivable=np.zeros(count, dtype=bool),
        is_payable=np.zeros(count, dtype=bool),
    )
    return rows, items, offsets
