"""How systems write the moment of a change, and how a cursor is kept: always as UTC text that sorts by time."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

_ODATA_V2_TIMESTAMP = re.compile(r"/Date\((-?\d+)(?:[+-]\d+)?\)/")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def end_of_day(day: date) -> datetime:
    """Return the first moment that no longer belongs to the day, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def parse(kind: str, wire: str) -> datetime:
    """Return the moment (UTC) a system wrote; a date is its midnight. Raises ValueError on another notation."""
    if kind.startswith("odata_v2_"):
        match = _ODATA_V2_TIMESTAMP.fullmatch(wire)
        if not match:
            raise ValueError(f"'{wire}' is not /Date(milliseconds)/")
        # OData V2 counts UTC milliseconds; the offset behind it only says where the writer sat.
        return _EPOCH + timedelta(milliseconds=int(match[1]))
    if kind == "unix_seconds":
        return _EPOCH + timedelta(seconds=int(wire))
    if kind == "compact_date":
        return datetime.strptime(wire, "%Y%m%d").replace(tzinfo=UTC)
    moment = datetime.fromisoformat(wire)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def to_cursor(kind: str, moment: datetime) -> str:
    """Return the moment as cursor text: a date for kinds that know only dates, else a UTC timestamp."""
    if kind.endswith("_date"):
        return moment.date().isoformat()
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def from_cursor(text: str) -> datetime:
    """Return the moment a cursor text stands for, in UTC."""
    return parse("iso_timestamp", text)
