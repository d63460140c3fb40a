"""Arrow columns of native types from the simulation's numbers: dates, times, exact decimals."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dlt_sources.sandbox.company.days import NEVER
from dlt_sources.sandbox.company.group import CURRENCIES, MINOR_UNITS
from dlt_sources.sandbox.company.text import chosen

_DAY_SECONDS = 86_400
# Every amount is shown with two decimals; the yen's are zero.
_SCALE = 2


def dates(days: np.ndarray) -> pa.Array:
    """Calendar dates; null for NEVER."""
    days = np.asarray(days)
    return pa.array(days.astype(np.int32), mask=days >= NEVER).cast(pa.date32())


def times(seconds: np.ndarray, known: np.ndarray | None = None) -> pa.Array:
    """UTC timestamps from seconds since 1970; null where not known."""
    micros = np.asarray(seconds, dtype=np.int64) * 1_000_000
    return pa.array(micros, mask=None if known is None else ~known).cast(pa.timestamp("us"))


def moments(days: np.ndarray, seconds: np.ndarray | int) -> np.ndarray:
    """Seconds since 1970 of a time of day on a day."""
    return np.asarray(days).astype(np.int64) * _DAY_SECONDS + seconds


def decimals(unscaled: np.ndarray, scale: int, precision: int = 23) -> pa.Array:
    """Exact decimals from their digits without the point."""
    pairs = np.empty((len(unscaled), 2), dtype=np.int64)
    pairs[:, 0] = unscaled
    pairs[:, 1] = pairs[:, 0] >> 63
    return pa.Array.from_buffers(pa.decimal128(precision, scale), len(unscaled), [None, pa.py_buffer(pairs)])


def money(minor: np.ndarray, currency: np.ndarray) -> pa.Array:
    """Amounts in currency units from whole minor units."""
    return decimals(minor * 10 ** (_SCALE - MINOR_UNITS[currency]), _SCALE)


def currencies(positions: np.ndarray) -> pa.Array:
    """ISO codes."""
    return chosen(list(CURRENCIES), positions)


def whole(numbers: np.ndarray, known: np.ndarray | None = None) -> pa.Array:
    """64-bit integers; null where not known."""
    return pa.array(np.asarray(numbers, dtype=np.int64), mask=None if known is None else ~known)


def truths(values: np.ndarray) -> pa.Array:
    """Booleans."""
    return pa.array(np.asarray(values, dtype=bool))
