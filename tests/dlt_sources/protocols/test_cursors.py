"""Every notation of a moment becomes one cursor text that sorts by time."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from dlt_sources.protocols.cursors import end_of_day, from_cursor, parse, to_cursor


@pytest.mark.parametrize(
    ("kind", "wire", "cursor"),
    [
        ("odata_v2_timestamp", "/Date(1706701264000+0000)/", "2024-01-31T11:41:04.000Z"),
        ("odata_v2_timestamp", "/Date(1706701264123+0120)/", "2024-01-31T11:41:04.123Z"),
        ("odata_v2_date", "/Date(1706659200000)/", "2024-01-31"),
        ("odata_v2_date", "/Date(-86400000)/", "1969-12-31"),
        ("iso_timestamp", "2024-02-01T08:00:00.000+0000", "2024-02-01T08:00:00.000Z"),
        ("iso_timestamp", "2024-02-01T10:00:00.500+02:00", "2024-02-01T08:00:00.500Z"),
        ("iso_timestamp", "2024-02-01T08:00:00.000Z", "2024-02-01T08:00:00.000Z"),
        ("iso_date", "2024-02-01", "2024-02-01"),
        ("unix_seconds", "1706702400", "2024-01-31T12:00:00.000Z"),
    ],
)
def test_a_wire_moment_becomes_a_cursor_and_comes_back(kind: str, wire: str, cursor: str) -> None:
    moment = parse(kind, wire)
    assert to_cursor(kind, moment) == cursor
    assert from_cursor(cursor) == (moment if "T" in cursor else moment.replace(hour=0, minute=0, second=0))


@pytest.mark.parametrize(("kind", "wire"), [("odata_v2_date", "2024-01-31"), ("unix_seconds", "x"), ("iso_date", "?")])
def test_another_notation_is_an_error(kind: str, wire: str) -> None:
    with pytest.raises(ValueError):
        parse(kind, wire)


def test_a_day_ends_where_the_next_begins() -> None:
    assert end_of_day(date(2026, 12, 31)) == datetime(2027, 1, 1, tzinfo=UTC)
