"""What is asked of sales, what was booked against it and what the CRM forecasts: worked out from the events."""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dlt_sources.sandbox.company import days, group, text
from dlt_sources.sandbox.company.columns import currencies, dates, money
from dlt_sources.sandbox.company.group import CURRENCIES, CURRENCY, GROUP_CURRENCY, MINOR_UNITS, TERRITORIES
from dlt_sources.sandbox.company.vendors import salesforce_sales_plan as sales_plan
from dlt_sources.sandbox.company.vendors.salesforce import has_territory

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

_OLDEST_QUOTE_DAYS = 7
_RATE_DIGITS = Decimal("1e-12")
_UNASSIGNED = "Unassigned"
_PEOPLE = (*group.SALESPEOPLE, *group.SALES_MANAGERS.values())
_CATEGORIES = ("pipeline", "best_case", "commit", "closed")


def quotas(snapshot: Snapshot) -> pa.Table:
    """What is asked of each territory and person, per month and currency; the types in use."""
    asked = sales_plan.asked(snapshot)
    asked = asked.take(np.isin(asked.type, sales_plan.TYPES_IN_USE))
    return pa.table(
        {
            "forecast_type_name": text.chosen(sales_plan.TYPE_NAMES, asked.type),
            "holder_name": pa.array(map(_holder, asked.territory, asked.user)),
            "month": dates(days.first_of_month(asked.month)),
            "transaction_currency": currencies(asked.currency),
            "amount": money(asked.amount, asked.currency),
        }
    )


def _holder(territory: int, user: int) -> str:
    return TERRITORIES[territory][1] if territory >= 0 else _PEOPLE[user]


def crm_forecast(snapshot: Snapshot) -> pa.Table:
    """What the CRM forecasts of each territory alone, per month and category; nothing counts twice."""
    items = sales_plan.forecast(snapshot)
    items = items.take(items.category < len(_CATEGORIES))
    return pa.table(
        {
            "holder_name": text.chosen([territory[1] for territory in TERRITORIES], items.territory),
            "month": dates(days.first_of_month(items.month)),
            "forecast_category": text.chosen(list(_CATEGORIES), items.category),
            "transaction_currency": currencies(items.currency),
            "amount": money(items.own, items.currency),
        }
    )


def quota_attainment(snapshot: Snapshot) -> pa.Table:
    """Quota and bookings in group currency per territory or person and month; null where a rate is missing.

    A quota is worth the closing rate of the month before its own, and so are bookings beside it; else the average rate
    of their month. Bookings of a territory are those of everything below it as well.
    """
    rates = _GroupRates(snapshot)
    quota: dict[tuple, Decimal | None] = defaultdict(Decimal)
    asked = sales_plan.asked(snapshot)
    for row in np.flatnonzero(np.isin(asked.type, sales_plan.TYPES_IN_USE)):
        key = (int(asked.type[row]), _holder(asked.territory[row], asked.user[row]), int(asked.month[row]))
        rate = rates.closing(int(asked.currency[row]), int(asked.month[row]) - 1)
        quota[key] = _plus(quota[key], _converted(int(asked.amount[row]), int(asked.currency[row]), rate))
    booked: dict[tuple, Decimal | None] = defaultdict(Decimal)
    constant: dict[tuple, Decimal | None] = defaultdict(Decimal)
    for (kind, holder, month, currency), amount in _booked(snapshot).items():
        actual = _converted(amount, currency, rates.average(currency, month))
        planned = _converted(amount, currency, rates.closing(currency, month - 1))
        for name in _with_those_above(holder):
            booked[kind, name, month] = _plus(booked[kind, name, month], actual)
            constant[kind, name, month] = _plus(constant[kind, name, month], planned)
    keys = sorted({*quota, *booked})
    values = [(quota[key], booked[key], constant[key]) for key in keys]
    # One rate that is missing leaves the whole row without a comparison.
    shown = [(None, None, None) if None in row else row for row in values]
    return pa.table(
        {
            "forecast_type_name": [sales_plan.TYPE_NAMES[kind] for kind, _, _ in keys],
            "holder_name": [holder for _, holder, _ in keys],
            "month": dates(days.first_of_month(np.array([month for _, _, month in keys]))),
            "quota": pa.array([row[0] for row in shown], pa.decimal128(23, 2)),
            "bookings": pa.array([row[1] for row in shown], pa.decimal128(23, 2)),
            "bookings_constant": pa.array([row[2] for row in shown], pa.decimal128(23, 2)),
        }
    )


def _booked(snapshot: Snapshot) -> dict[tuple[int, str, int, int], int]:
    """Won amounts in minor units by forecast type, the territory or person credited, month and currency."""
    deals = snapshot.world.pipeline.opportunities
    totals: dict[tuple[int, str, int, int], int] = defaultdict(int)
    for row in np.flatnonzero(deals.is_won & (deals.closed <= snapshot.day)):
        month, currency = int(days.month_of(deals.closed[row])), int(deals.currency[row])
        territory = TERRITORIES[group.TERRITORY_OF_ENTITY[deals.entity[row]]][1]
        holder = territory if has_territory(row) else _UNASSIGNED
        totals[sales_plan.TERRITORY_TYPE, holder, month, currency] += int(deals.amount[row])
        totals[sales_plan.PERSON_TYPE, _PEOPLE[deals.owner[row]], month, currency] += int(deals.amount[row])
    return totals


def _with_those_above(holder: str) -> list[str]:
    """The holder, and the territories above it if it is one."""
    by_name = {territory[1]: territory for territory in TERRITORIES}
    by_code = {territory[0]: territory for territory in TERRITORIES}
    names, territory = [holder], by_name.get(holder)
    while territory and territory[2]:
        territory = by_code[territory[2]]
        names.append(territory[1])
    return names


def _plus(sum_so_far: Decimal | None, amount: Decimal | None) -> Decimal | None:
    return None if sum_so_far is None or amount is None else sum_so_far + amount


def _converted(minor: int, currency: int, rate: Decimal | None) -> Decimal | None:
    """The amount in group currency, rounded once."""
    if rate is None:
        return None
    amount = Decimal(minor).scaleb(-int(MINOR_UNITS[currency]))
    return (amount * rate).quantize(Decimal("0.01"), ROUND_HALF_UP)


class _GroupRates:
    """What one unit of a currency is worth in group currency, by the quotes that can be seen on the day."""

    def __init__(self, snapshot: Snapshot):
        self._today = snapshot.day
        self._quotes: dict[int, dict[int, Decimal]] = {}
        walk, gaps = snapshot.world.rates, snapshot.rate_gaps()
        for currency, code in enumerate(CURRENCIES):
            if code == GROUP_CURRENCY:
                continue
            seen = {}
            missing = [(gaps.first[row], gaps.last[row]) for row in np.flatnonzero(gaps.currency == currency)]
            for day, quote in zip(walk.days.tolist(), walk.quotes[code].tolist(), strict=True):
                if day <= self._today and not any(first <= day <= last for first, last in missing):
                    seen[day] = _divided(Decimal(1), Decimal(quote).scaleb(-walk.decimals[code]))
            self._quotes[currency] = seen

    def closing(self, currency: int, month: int) -> Decimal | None:
        """The last quote of the month, at most seven days old at its end; of a month to come the newest one's."""
        if currency == CURRENCY[GROUP_CURRENCY]:
            return Decimal(1)
        month = min(month, int(days.month_of(np.array([self._today]))[0]))
        end = min(int(days.last_of_month(month)), self._today)
        recent = [day for day in range(end, end - _OLDEST_QUOTE_DAYS - 1, -1) if day in self._quotes[currency]]
        return self._quotes[currency][recent[0]] if recent else None

    def average(self, currency: int, month: int) -> Decimal | None:
        """The mean of the month's daily quotes."""
        if currency == CURRENCY[GROUP_CURRENCY]:
            return Decimal(1)
        first, last = int(days.first_of_month(month)), int(days.last_of_month(month))
        quotes = [rate for day, rate in self._quotes[currency].items() if first <= day <= last]
        return _divided(sum(quotes, Decimal(0)), Decimal(len(quotes))) if quotes else None


def _divided(numerator: Decimal, denominator: Decimal) -> Decimal:
    """The quotient with the twelve decimals of a rate."""
    with localcontext(prec=60):
        return (numerator / denominator).quantize(_RATE_DIGITS, ROUND_HALF_UP)


TABLES = {make.__name__: make for make in (quotas, crm_forecast, quota_attainment)}
