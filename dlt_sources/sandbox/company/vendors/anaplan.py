"""Anaplan: plan lines of budgets and forecasts, their totals, the versions, the calendar and the lists planned on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dlt_sources.sandbox.company import catalogue, chart, days, group, planning, text
from dlt_sources.sandbox.company.columns import currencies, money
from dlt_sources.sandbox.company.frame import Frame, sum_by
from dlt_sources.sandbox.company.group import ENTITIES, LOCAL_CURRENCY

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ALL_ENTITIES = ("GROUP", "All Entities")
LISTS = ("Entities", "Accounts", "Cost Centers", "Product Families")


def month_texts(months: np.ndarray) -> pa.Array:
    """Months as the model writes them: Oct 24."""
    return text.joined(text.chosen(list(_MONTHS), months % 12), " ", text.padded((1970 + months // 12) % 100, 2))


def _made_so_far(snapshot: Snapshot) -> Frame:
    """The plan in all versions made so far."""
    plan = snapshot.world.plan
    made = np.array([version.made_on for version in planning.VERSIONS])
    return plan.take(made[plan.version] <= snapshot.day)


def plan_lines(snapshot: Snapshot) -> pa.Table:
    """The plan in all versions made so far; amounts are positive for revenue and for cost."""
    plan = _made_so_far(snapshot)
    return pa.table(
        {
            "Version": text.chosen([version.name for version in planning.VERSIONS], plan.version),
            "Entity": text.chosen(group.ENTITY_CODES, plan.entity),
            "Account": text.chosen([account.code for account in chart.GROUP_ACCOUNTS], plan.account),
            "Cost Center": text.chosen([*group.COST_CENTRE_NUMBERS, ""], plan.cost_centre),
            "Product Family": text.chosen([*(code for code, _ in catalogue.FAMILIES), ""], plan.family),
            "Time": month_texts(plan.month),
            "Currency": currencies(LOCAL_CURRENCY[plan.entity]),
            "Amount": money(plan.amount, LOCAL_CURRENCY[plan.entity]),
        }
    )


def plan_totals(snapshot: Snapshot) -> pa.Table:
    """What the model counts and sums of the plan it holds, per version, entity, currency and month."""
    plan = _made_so_far(snapshot)
    key = (plan.version * len(ENTITIES) + plan.entity) * 10_000 + plan.month
    keys, first, position = np.unique(key, return_index=True, return_inverse=True)
    total = plan.take(first)
    currency = LOCAL_CURRENCY[total.entity]
    return pa.table(
        {
            "Version": text.chosen([version.name for version in planning.VERSIONS], total.version),
            "Entity": text.chosen(group.ENTITY_CODES, total.entity),
            "Time": month_texts(total.month),
            "Currency": currencies(currency),
            "Amount": money(sum_by(position, plan.amount, len(keys)), currency),
            # A cell of nothing is none: the simulated plan has no others.
            "Line Count": pa.array(np.bincount(position, minlength=len(keys))),
        }
    )


def versions(snapshot: Snapshot) -> pa.Table:
    """Actual, and the plan versions made so far; the latest forecast is the current one."""
    made = [version for version in planning.VERSIONS if version.made_on <= snapshot.day]
    current = max(made, key=lambda version: version.made_on)
    count = len(made) + 1
    edit_from = np.array([days.month_of(np.array([days.FIRST_DAY]))[0], *(version.first for version in made)])
    edit_to = np.array([days.month_of(np.array([days.HORIZON]))[0], *(version.last for version in made)])
    return pa.table(
        {
            "id": text.padded(107_000_000_001 + np.arange(count), 12),
            "name": ["Actual", *(version.name for version in made)],
            "isCurrent": pa.array([False, *(version is current for version in made)]),
            "isActual": pa.array([True] + [False] * len(made)),
            "switchover": pa.array([None] * count, pa.string()),
            "editFrom": _period(edit_from, days.first_of_month(edit_from)),
            "editTo": _period(edit_to, days.first_of_month(edit_to)),
            "formula": pa.array([None] * count, pa.string()),
            "notes": pa.array([None, *(version.notes for version in made)], pa.string()),
        }
    )


def _period(months: np.ndarray, on: np.ndarray) -> pa.Array:
    return text.joined(
        '{"date":"', pa.array([str(days.to_date(day)) for day in on]), '","periodText":"', month_texts(months), '"}'
    )


def calendar(snapshot: Snapshot) -> pa.Table:
    """The model's fiscal year and current month."""
    year = snapshot.as_of.year
    month = days.month_of(np.array([snapshot.day]))
    last = days.to_date(days.last_of_month(month)[0])
    return pa.table(
        {
            "fiscalYear": [f'{{"endDate":"{year}-12-31","startDate":"{year}-01-01","year":"FY{year % 100}"}}'],
            "currentPeriod": [
                f'{{"calendarType":"Calendar Months/Quarters/Years","lastDay":"{last}",'
                f'"periodText":"{month_texts(month)[0].as_py()}"}}'
            ],
        }
    )


def list_items(snapshot: Snapshot) -> pa.Table:
    """Members of the lists, with the code that other systems know them by."""
    members = {
        # The member above all entities comes last, and has no entity's code.
        "Entities": [*((entity.code, entity.name) for entity in ENTITIES), _ALL_ENTITIES],
        "Accounts": [(account.code, account.name) for account in chart.GROUP_ACCOUNTS if not account.is_balance_sheet],
        "Cost Centers": [
            (number, f"{ENTITIES[centre.entity].code} {centre.name}")
            for number, centre in zip(group.COST_CENTRE_NUMBERS, group.COST_CENTRES, strict=True)
        ],
        "Product Families": list(catalogue.FAMILIES),
    }
    rows = [
        {
            "list_name": name,
            "id": f"{206_000_000_000 + 10_000 * place + position:012d}",
            "name": label,
            "code": code,
            "parent": _ALL_ENTITIES[1] if name == "Entities" and position < len(ENTITIES) else "",
            "parentId": f"{206_000_000_000 + len(ENTITIES):012d}"
            if name == "Entities" and position < len(ENTITIES)
            else "",
            "listId": f"{101_000_000_001 + place:012d}",
            "listName": name,
            "subsets": "{}",
            "properties": "{}",
        }
        for place, name in enumerate(LISTS)
        for position, (code, label) in enumerate(members[name])
    ]
    return pa.Table.from_pylist(rows)


TABLES = {make.__name__: make for make in (plan_lines, plan_totals, versions, calendar, list_items)}
