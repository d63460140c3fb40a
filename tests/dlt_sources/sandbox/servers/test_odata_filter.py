"""`$filter` as SQL: every operator on rows where it makes a difference."""

from datetime import date

import duckdb
import pytest

from dlt_sources.sandbox.servers.odata_filter import FilterError, parse_filter, parse_key

COLUMNS = {"Code": "varchar", "Amount": "decimal", "PostedOn": "date", "ChangedAt": "timestamp", "IsOpen": "boolean"}
ROWS = [
    ("A", "10.50", date(2026, 1, 1), "2026-01-01 12:00:00", True),
    ("O'Neil", "-3.00", date(2026, 2, 1), "2026-02-01 12:00:00", False),
    ("b (2)", "0.00", None, "2026-03-01 12:00:00", True),
]


@pytest.fixture(scope="module")
def rows() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(
        'create table rows ("Code" varchar, "Amount" decimal(18, 2), "PostedOn" date, "ChangedAt" timestamp, '
        '"IsOpen" boolean)'
    )
    connection.executemany("insert into rows values (?, ?, ?, ?, ?)", ROWS)
    return connection


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Code eq 'A'", ["A"]),
        ("Code ne 'A'", ["O'Neil", "b (2)"]),
        ("Code eq 'O''Neil'", ["O'Neil"]),
        ("Amount gt 0M", ["A"]),
        ("Amount ge 0", ["A", "b (2)"]),
        ("Amount lt -2.99M", ["O'Neil"]),
        ("Amount le 10.50M and IsOpen eq true", ["A", "b (2)"]),
        ("PostedOn ge datetime'2026-01-15T00:00:00'", ["O'Neil"]),
        ("PostedOn eq null", ["b (2)"]),
        ("PostedOn ne null", ["A", "O'Neil"]),
        ("ChangedAt ge datetimeoffset'2026-02-01T12:00:00Z'", ["O'Neil", "b (2)"]),
        ("ChangedAt gt datetimeoffset'2026-02-01T14:00:00+02:00'", ["b (2)"]),
        ("IsOpen", ["A", "b (2)"]),
        ("not (IsOpen eq true)", ["O'Neil"]),
        ("Code eq 'A' or Code eq 'b (2)' and IsOpen eq false", ["A"]),
        ("(Code eq 'A' or Code eq 'O''Neil') and IsOpen eq false", ["O'Neil"]),
        ("startswith(Code,'O')", ["O'Neil"]),
        ("startswith(Code,'O') eq false", ["A", "b (2)"]),
        ("endswith(Code,')')", ["b (2)"]),
        ("substringof('(2',Code)", ["b (2)"]),
        ("tolower(Code) eq 'a'", ["A"]),
    ],
)
def test_a_filter_keeps_the_rows_it_names(rows: duckdb.DuckDBPyConnection, text: str, codes: list[str]) -> None:
    condition = parse_filter(text, COLUMNS)
    found = rows.execute(f'select "Code" from rows where {condition.sql}', condition.parameters).fetchall()
    assert [code for (code,) in found] == codes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Code eq 5", "Type mismatch"),
        ("PostedOn eq '2026-01-01'", "Type mismatch"),
        ("PostedOn eq datetime'yesterday'", "Invalid date literal"),
        ("Code eq 'A' and", "Unexpected end"),
        ("Code eq 'A') ", "Invalid filter expression"),
        ("Code ~ 'A'", "Invalid token"),
        ("round(Amount) eq 1", "Function 'round' is not supported"),
        ("Code gt null", "null may only follow eq or ne"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_with_a_reason(text: str, message: str) -> None:
    with pytest.raises(FilterError, match=message):
        parse_filter(text, COLUMNS)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("PostedOn ge 2026-01-15", ["O'Neil"]),
        ("ChangedAt ge 2026-02-01T12:00:00.000Z and Amount lt -2.99", ["O'Neil"]),
        ("Code ne 'A' and IsOpen eq true", ["b (2)"]),
    ],
)
def test_v4_writes_dates_and_moments_bare(rows: duckdb.DuckDBPyConnection, text: str, codes: list[str]) -> None:
    condition = parse_filter(text, COLUMNS, version=4)
    found = rows.execute(f'select "Code" from rows where {condition.sql}', condition.parameters).fetchall()
    assert [code for (code,) in found] == codes
    assert parse_filter("Code eq 5D115C9C-44E3-EA11-BB43-000D3A2FECA1", COLUMNS, version=4).parameters == [
        "5d115c9c-44e3-ea11-bb43-000d3a2feca1"
    ]


@pytest.mark.parametrize(
    ("version", "text"),
    [(2, "PostedOn ge 2026-01-15"), (4, "PostedOn ge datetime'2026-01-15T00:00:00'"), (4, "Amount gt 0M")],
)
def test_a_literal_of_the_other_version_is_refused(version: int, text: str) -> None:
    with pytest.raises(FilterError):
        parse_filter(text, COLUMNS, version=version)


def test_a_key_predicate_names_the_whole_key() -> None:
    assert parse_key("'A'", ["Code"], COLUMNS).parameters == ["A"]
    with pytest.raises(FilterError, match="does not match the key"):
        parse_key("Code='A'", ["Code", "PostedOn"], COLUMNS)


@pytest.mark.parametrize(
    ("text", "equals"),
    [
        ("Code eq 'A'", {"Code": "A"}),
        ("Code eq 'A' and Code eq 'A'", {"Code": "A"}),
        ("Code eq 'A' and Code eq 'B'", None),
        ("Code eq 'A' and IsOpen", None),
        ("Code eq 'A' or Code eq 'A'", None),
        ("not Code eq 'A'", None),
        ("Code ne 'A'", None),
        ("tolower(Code) eq 'a'", None),
        ("Code eq tolower('A')", None),
        ("Code eq Code", None),
        ("Amount eq 10.50m", None),
        ("Code eq null", None),
    ],
)
def test_only_a_filter_that_asks_for_certain_texts_says_which(text: str, equals: dict[str, str] | None) -> None:
    assert parse_filter(text, COLUMNS).equals == equals
