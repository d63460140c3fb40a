"""Calendar arithmetic on days since 1970-01-01, in columns: months, working days, fiscal periods."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

_EPOCH = date(1970, 1, 1)


def day(text: str) -> int:
    """Days since 1970 of an ISO date."""
    return (date.fromisoformat(text) - _EPOCH).days


def to_date(number: int) -> date:
    """The calendar date of a day number."""
    return _EPOCH + timedelta(days=int(number))


def from_date(value: date) -> int:
    """The day number of a calendar date."""
    return (value - _EPOCH).days


# The ledger begins here; the simulation always runs to the horizon, whatever day it is looked at.
FIRST_DAY = day("2024-10-01")
HORIZON = day("2026-12-31")
NEVER = 2**30

_CALENDAR_FIRST = day("2015-01-01")
_CALENDAR_LAST = day("2030-12-31")


def month_of(days: np.ndarray) -> np.ndarray:
    """Months since 1970-01."""
    return np.asarray(days).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def first_of_month(months: np.ndarray) -> np.ndarray:
    """The first day of each month."""
    return np.asarray(months).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def last_of_month(months: np.ndarray) -> np.ndarray:
    """The last day of each month."""
    return first_of_month(np.asarray(months) + 1) - 1


def add_months(days: np.ndarray, months: np.ndarray | int) -> np.ndarray:
    """The same day of the month so many months later; only for days up to the 28th."""
    month = month_of(days)
    return first_of_month(month + months) + (days - first_of_month(month))


def year_of(days: np.ndarray) -> np.ndarray:
    """The calendar year."""
    return 1970 + month_of(days) // 12


def weekday_of(days: np.ndarray) -> np.ndarray:
    """0 = Monday … 6 = Sunday (1970-01-01 was a Thursday)."""
    return (np.asarray(days) + 3) % 7


def fiscal_year_and_period(days: np.ndarray, starts_in_april: np.ndarray | bool) -> tuple[np.ndarray, np.ndarray]:
    """The fiscal year, labelled by the year it begins in, and the period 1..12 of each posting date."""
    shifted = month_of(days) - np.where(starts_in_april, 3, 0)
    return 1970 + shifted // 12, shifted % 12 + 1


def _easter_sunday(year: int) -> date:
    """Easter of the Gregorian calendar (the anonymous algorithm of 1876)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday_shift = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday_shift) // 451
    month, day_of_month = divmod(h + weekday_shift - 7 * m + 114, 31)
    return date(year, month, day_of_month + 1)


def _target_working_days() -> np.ndarray:
    """Whether each calendar day is a working day of the euro payment system TARGET."""
    days = np.arange(_CALENDAR_FIRST, _CALENDAR_LAST + 1)
    working = weekday_of(days) < 5
    for year in range(2015, 2031):
        easter = _easter_sunday(year)
        closed = [
            date(year, 1, 1),
            easter - timedelta(days=2),
            easter + timedelta(days=1),
            date(year, 5, 1),
            date(year, 12, 25),
            date(year, 12, 26),
        ]
        working[[from_date(holiday) - _CALENDAR_FIRST for holiday in closed]] = False
    return working


_WORKING = _target_working_days()
_NEXT_WORKING = np.where(_WORKING, np.arange(len(_WORKING)), len(_WORKING))
_NEXT_WORKING = np.minimum.accumulate(_NEXT_WORKING[::-1])[::-1] + _CALENDAR_FIRST
_PREVIOUS_WORKING = np.maximum.accumulate(np.where(_WORKING, np.arange(len(_WORKING)), 0)) + _CALENDAR_FIRST


def is_working_day(days: np.ndarray) -> np.ndarray:
    """Whether banks and offices are open."""
    return _WORKING[np.asarray(days) - _CALENDAR_FIRST]


def working_day_from(days: np.ndarray) -> np.ndarray:
    """The day itself if it is a working day, else the next one."""
    return _NEXT_WORKING[np.clip(days, _CALENDAR_FIRST, _CALENDAR_LAST) - _CALENDAR_FIRST]


def working_day_until(days: np.ndarray) -> np.ndarray:
    """The day itself if it is a working day, else the one before."""
    return _PREVIOUS_WORKING[np.clip(days, _CALENDAR_FIRST, _CALENDAR_LAST) - _CALENDAR_FIRST]
