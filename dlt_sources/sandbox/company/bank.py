"""What the banks see: every movement of a cash account in the ledger, on the day and in the amount the bank booked it.

Amounts are whole minor units of the account's currency, money in > 0. The bank is another witness of the same events:
where a labelled error lets it say something else than the ledger, both versions are here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlt_sources.sandbox.company import days
from dlt_sources.sandbox.company.chart import ACCOUNT
from dlt_sources.sandbox.company.days import HORIZON
from dlt_sources.sandbox.company.draws import Draws
from dlt_sources.sandbox.company.errors import CODE, EARLIEST_ERROR, LATEST_ERROR, handful, picked
from dlt_sources.sandbox.company.frame import Frame
from dlt_sources.sandbox.company.group import ENTITIES, ENTITY_CODES, LOCAL_CURRENCY
from dlt_sources.sandbox.company.journal import REFERENCE, TYPE, Journal

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

# Days after which a movement that only one side knows is no longer in transit.
IN_TRANSIT_DAYS = 5
# Payments of customers count up from 0; those to suppliers and between affiliates begin at these numbers.
_FIRST_SUPPLIER_PAYMENT = 20_000_000
NO_LINE = -1


@dataclass(frozen=True)
class Bank:
    """A bank, the format of its statements, and the entities that keep their accounts there."""

    system: str
    instance: str
    name: str
    bic: str
    entities: tuple[str, ...]


BANKS = (
    Bank("camt053", "bank_group", "Rheinbank AG", "RHBKDEFFXXX", ("1010", "1020", "1030", "2010", "2020")),
    Bank("mt940", "bank_apac", "Pacific Harbour Bank", "PHBKSGSGXXX", ("3010", "3020")),
)


@dataclass(frozen=True)
class BankAccount:
    """A bank account of an entity and the ledger account that mirrors it."""

    bank: Bank
    entity: int
    ledger_account: str
    number: str

    @property
    def currency(self) -> int:
        return int(LOCAL_CURRENCY[self.entity])


def _number(entity: int, place: int) -> str:
    """An IBAN where the country has them, else a plain account number."""
    country = ENTITIES[entity].country
    account = f"{7_100_000_000 + 1_000 * int(ENTITY_CODES[entity]) + place:010d}"
    national = {"DE": f"37040044{account}", "FR": f"3000200550{account[-9:]}0157", "GB": f"RHBK601613{account[-8:]}"}
    if country not in national:
        return account
    digits = "".join(str(int(letter, 36)) for letter in f"{national[country]}{country}00")
    return f"{country}{98 - int(digits) % 97:02d}{national[country]}"


# Two per entity: first the operating account, then the one wages are paid from.
LEDGER_ACCOUNTS = ("BANK", "BANK_PAYROLL")
ACCOUNTS = tuple(
    BankAccount(bank, entity, ledger_account, _number(entity, place))
    for entity, code in enumerate(ENTITY_CODES)
    for place, ledger_account in enumerate(LEDGER_ACCOUNTS)
    for bank in BANKS
    if code in bank.entities
)


def simulated(draws: Draws, scale: float, journal: Journal) -> Frame:
    """Every movement until the horizon, by account, day and ledger line.

    `line` is the position of its ledger line, NO_LINE for what the ledger never heard of; `amount` in the currency of
    the account, `paid` in the `currency` of the payment; `error` and `wrong_amount` as the labelled errors have it.
    """
    lines, documents = journal.lines, journal.documents
    cash = [ACCOUNT[name] for name in LEDGER_ACCOUNTS]
    of = lines.document
    is_movement = np.isin(lines.account, cash) & (documents.only_with[of] == 0) & (documents.ledger[of] == 0)
    rows = np.flatnonzero(is_movement & (lines.local != 0))
    of = of[rows]
    posting = documents.posting[of].astype(np.int64)
    # A bank executes what it was told to pay to a supplier on the next banking day.
    is_order = documents.type[of] == TYPE["KZ"]
    movements = Frame(
        line=rows,
        account=lines.entity[rows] * len(LEDGER_ACCOUNTS) + np.searchsorted(cash, lines.account[rows]),
        day=np.where(is_order, days.working_day_from(posting + 1), posting),
        amount=lines.local[rows],
        paid=lines.amount[rows],
        currency=documents.currency[of].astype(np.int64),
        error=np.zeros(len(rows), dtype=np.int64),
        wrong_amount=lines.local[rows],
    )
    movements = _with_errors(draws, scale, journal, movements)
    movements = Frame.stacked([movements, _charges(draws, scale)])
    movements = movements.take(movements.day <= HORIZON)
    return movements.take(np.lexsort((movements.line, movements.day, movements.account)))


def _with_errors(draws: Draws, scale: float, journal: Journal, movements: Frame) -> Frame:
    """Pay-outs that never arrive, and payments of customers that the bank booked in another amount."""
    random = draws.stream("errors of banks")
    documents = journal.documents.take(journal.lines.document[movements.line])
    in_time = (movements.day >= EARLIEST_ERROR) & (movements.day <= LATEST_ERROR) & (movements.amount > 5_000)
    is_payout = documents.reference_kind == REFERENCE["payout"]
    payouts, shares = np.unique(documents.reference[is_payout], return_counts=True)
    # Of a pay-out that several entities share only a part would be missing.
    is_whole = is_payout & np.isin(documents.reference, payouts[shares == 1])
    is_receipt = (documents.reference_kind == REFERENCE["payment"]) & (documents.reference < _FIRST_SUPPLIER_PAYMENT)
    error, wrong = movements.error.copy(), movements.wrong_amount.copy()
    lost = picked(np.flatnonzero(in_time & is_whole), handful(scale), random)
    error[lost] = CODE["payout_not_received"]
    differing = picked(np.flatnonzero(in_time & is_receipt), handful(scale), random)
    error[differing] = CODE["bank_amount_differs"]
    wrong[differing] = movements.amount[differing] * random.choice([900, 950, 980, 1050], len(differing)) // 1000
    return movements.extended(error=error, wrong_amount=wrong)


def _charges(draws: Draws, scale: float) -> Frame:
    """Charges the bank took and nobody posted: at most one per entity and month."""
    random = draws.stream("error bank_charge_not_posted")
    first, last = days.month_of(np.array([EARLIEST_ERROR, LATEST_ERROR]))
    count = handful(scale)
    month, entity = np.divmod(picked(np.arange((last - first) * len(ENTITIES)), count, random), len(ENTITIES))
    months, count = first + month, len(month)
    amount = -random.integers(1_500, 9_000, count)
    return Frame(
        line=np.full(count, NO_LINE),
        account=entity * len(LEDGER_ACCOUNTS),
        day=days.working_day_until(days.last_of_month(months)),
        amount=amount,
        paid=amount,
        currency=LOCAL_CURRENCY[entity],
        error=np.full(count, CODE["bank_charge_not_posted"]),
        wrong_amount=amount,
    )


def booked(snapshot: Snapshot) -> Frame:
    """The movements the banks have booked by the day, with the errors that are on.

    Each with the `statement` it is on, its `place` there (1, 2, …); a statement is an account's day with movements.
    """
    movements = snapshot.world.bank
    is_on = snapshot.switches.are_on(movements.error)
    is_extra = movements.error == CODE["bank_charge_not_posted"]
    is_lost = is_on & (movements.error == CODE["payout_not_received"])
    seen = movements.take((movements.day <= snapshot.day) & ~is_lost & (is_on | ~is_extra))
    seen = seen.extended(amount=np.where(snapshot.switches.are_on(seen.error), seen.wrong_amount, seen.amount))
    key = seen.account * 100_000 + seen.day
    _, first, statement = np.unique(key, return_index=True, return_inverse=True)
    return seen.extended(statement=statement, place=np.arange(len(seen)) - first[statement] + 1)


def statements(movements: Frame) -> Frame:
    """The statements of booked movements: account, day, number within the account's year, opening and closing balance.

    Movements stand in the order of account and day, so a statement's are in one piece from `first` on.
    """
    _, first, count = np.unique(movements.statement, return_index=True, return_counts=True)
    account, on = movements.account[first], movements.day[first]
    year = days.year_of(on)
    key = account * 10_000 + year
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    number = np.arange(len(first)) - np.repeat(starts, np.diff(np.r_[starts, len(first)])) + 1
    total = np.cumsum(movements.amount)
    closing = total[first + count - 1]
    before_account = np.zeros(len(ACCOUNTS), dtype=np.int64)
    begins = np.searchsorted(movements.account, np.arange(len(ACCOUNTS)))
    before_account[begins > 0] = total[begins[begins > 0] - 1]
    closing = closing - before_account[account]
    opening = closing - np.add.reduceat(movements.amount, first) if len(first) else closing
    return Frame(
        account=account, day=on, year=year, number=number, opening=opening, closing=closing, first=first, count=count
    )


def statement_ids(frame: Frame) -> list[str]:
    """What the bank calls each statement: the account's last digits, year and number."""
    return [
        f"STM{ACCOUNTS[account].number[-6:]}-{year}-{number:05d}"
        for account, year, number in zip(frame.account, frame.year, frame.number, strict=True)
    ]


def entry_keys(snapshot: Snapshot, rows: np.ndarray) -> list[tuple[str, ...]]:
    """Of booked movements: instance of the bank, account, statement and place on it."""
    movements = snapshot.bank
    frame = snapshot.bank_statements.take(movements.statement[rows])
    keys = []
    for place, identity in enumerate(statement_ids(frame)):
        account = ACCOUNTS[frame.account[place]]
        if account.bank.system == "mt940":
            # A statement of this format has no name, only its number in the year, and the number of its part.
            identity = f"{frame.year[place]}-{frame.number[place]}-1"
        keys.append((account.bank.instance, account.number, identity, str(movements.place[rows[place]])))
    return keys
