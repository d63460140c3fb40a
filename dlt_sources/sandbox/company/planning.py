"""Budgets and forecasts per entity, account, cost centre, product family and month."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlt_sources.sandbox.company import catalogue, days
from dlt_sources.sandbox.company.chart import GROUP_ACCOUNTS, GROUP_CODE_OF_ACCOUNT
from dlt_sources.sandbox.company.days import day
from dlt_sources.sandbox.company.draws import Draws
from dlt_sources.sandbox.company.frame import Frame, expanded, sum_by
from dlt_sources.sandbox.company.group import LOCAL_CURRENCY, MINOR_UNITS
from dlt_sources.sandbox.company.journal import Journal


def _month(text: str) -> int:
    return int(days.month_of(np.array([day(f"{text}-01")]))[0])


@dataclass(frozen=True)
class Version:
    """A version of the plan: the day it was made, the months it covers (since 1970-01, both included)."""

    name: str
    made_on: int
    first: int
    last: int
    notes: str


def _version(name: str, made_on: str, first: str, last: str) -> Version:
    scenario = "Budget" if name.startswith("Budget") else "Rolling forecast"
    return Version(name, day(made_on), _month(first), _month(last), f"{scenario}, made on {made_on}")


VERSIONS = (
    _version("Budget FY24", "2024-10-01", "2024-10", "2024-12"),
    _version("Budget FY25", "2024-12-06", "2025-01", "2025-12"),
    _version("Budget FY26", "2025-12-05", "2026-01", "2026-12"),
    _version("Forecast 2025Q1", "2025-01-10", "2025-01", "2025-12"),
    _version("Forecast 2025Q2", "2025-04-10", "2025-04", "2025-12"),
    _version("Forecast 2025Q3", "2025-07-10", "2025-07", "2025-12"),
    _version("Forecast 2025Q4", "2025-10-10", "2025-10", "2025-12"),
    _version("Forecast 2026Q1", "2026-01-09", "2026-01", "2026-12"),
    _version("Forecast 2026Q2", "2026-04-10", "2026-04", "2026-12"),
    _version("Forecast 2026Q3", "2026-07-10", "2026-07", "2026-12"),
    _version("Forecast 2026Q4", "2026-10-09", "2026-10", "2026-12"),
)
_GROUP_POSITION = {account.code: position for position, account in enumerate(GROUP_ACCOUNTS)}
_GROUP_OF_ACCOUNT = np.array([_GROUP_POSITION.get(code, -1) for code in GROUP_CODE_OF_ACCOUNT])
_IS_PLANNED = np.array(
    [not account.is_balance_sheet and account.statement_line != "Financial result" for account in GROUP_ACCOUNTS]
)
_SIGN = np.array([1 if account.normal_balance == "debit" else -1 for account in GROUP_ACCOUNTS])
_FAMILY_CODES = [code for code, _ in catalogue.FAMILIES]
_FAMILY_OF_PRODUCT = np.array([_FAMILY_CODES.index(product.family) for product in catalogue.ALL_PRODUCTS])


def simulated(draws: Draws, journal: Journal) -> Frame:
    """Plan lines of all versions: the average month of the actuals, as one might guess it, in whole currency units.

    Amounts in local currency are positive for revenue and cost alike, as the planning model keeps them.
    """
    random = draws.stream("planning")
    members, average = _average_month(journal)
    length = np.array([version.last - version.first + 1 for version in VERSIONS])
    version, offset = expanded(length)
    row, place = expanded(np.full(len(version), len(members)))
    month = np.array([item.first for item in VERSIONS])[version] + offset
    # A budget grows by a third of a per cent a month; every line is off by up to an eighth.
    growth = 1_000 + 3 * (month[row] - _month("2025-10"))
    guess = average[place] * growth // 1_000 * random.integers(88, 113, len(row)) // 100
    unit = 10 ** MINOR_UNITS[LOCAL_CURRENCY[members.entity[place]]]
    plan = Frame(
        version=version[row],
        month=month[row],
        amount=guess // unit * unit,
        **{name: column[place] for name, column in members.columns.items()},
    )
    return plan.take(plan.amount != 0)


def _average_month(journal: Journal) -> tuple[Frame, np.ndarray]:
    """What is planned (entity, group account, cost centre, family) with the local amount of an average month."""
    of = journal.lines.document
    documents, lines = journal.documents, journal.lines
    account = _GROUP_OF_ACCOUNT[lines.account]
    rows = np.flatnonzero(
        (documents.only_with[of] == 0)
        & (documents.ledger[of] == 0)
        & (account >= 0)
        & _IS_PLANNED[account]
        & (documents.special_period[of] == 0)
    )
    account = account[rows].astype(np.int64)
    family = np.where(lines.product[rows] >= 0, _FAMILY_OF_PRODUCT[lines.product[rows]], -1)
    key = ((lines.entity[rows] * 100 + account) * 1_000 + lines.cost_centre[rows] + 1) * 10 + family + 1
    keys, position = np.unique(key, return_inverse=True)
    first, last = days.month_of(np.array([days.FIRST_DAY, days.HORIZON]))
    total = sum_by(position, lines.local[rows] * _SIGN[account], len(keys))
    members = Frame(
        entity=keys // 1_000_000, account=keys // 10_000 % 100, cost_centre=keys // 10 % 1_000 - 1, family=keys % 10 - 1
    )
    average = total // (last - first + 1)
    return members.take(average > 0), average[average > 0]
