"""The macros that turn landed text into values: exact, or null and never an error."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from tests.dbt_project.conftest import ParsedProject

MACROS = {
    "text": "text('value')",
    "amount": "amount('value')",
    "unit_price": "unit_price('value')",
    "rate": "rate('value')",
    "quantity": "quantity('value')",
    "whole_number": "whole_number('value')",
    "integer": "whole_number('value', 'integer')",
    "boolean": "boolean('value')",
    "iso_date": "iso_date('value')",
    "iso_timestamp": "iso_timestamp('value')",
    "unix_timestamp": "unix_timestamp('value')",
    "sap_date": "sap_date('value')",
    "sap_timestamp": "sap_timestamp('value')",
    "normalise_code": "normalise_code('value')",
}

Cast = Callable[[str, str | None], object]


@pytest.fixture(scope="module")
def expressions(project: ParsedProject) -> dict[str, str]:
    """The SQL expression of every cast, over a text column `value`."""
    rendered = project.render("|||".join("{{ " + call + " }}" for call in MACROS.values()))
    return dict(zip(MACROS, rendered.split("|||"), strict=True))


@pytest.fixture
def cast(expressions: dict[str, str], database: duckdb.DuckDBPyConnection) -> Cast:
    """The value a cast gives for a text."""

    def evaluate(macro: str, value: str | None) -> object:
        database.execute("create or replace table landed (value varchar)")
        database.execute("insert into landed values (?)", [value])
        return database.execute(f"select {expressions[macro]} from landed").fetchone()[0]

    return evaluate


def utc(moment: object) -> str | None:
    """A timestamp without zone as text."""
    return str(moment) if moment is not None else None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("-1250.00", Decimal("-1250")),
        ("0.0001", Decimal("0.0001")),
        ("1.50000000", Decimal("1.5")),
        ("123456789012345678901234.5678", Decimal("123456789012345678901234.5678")),
        ("99999999999999", Decimal("99999999999999")),
        ("1.25E7", Decimal("12500000")),
        ("5e-3", Decimal("0.005")),
        ("0.30000000000000004", Decimal("0.3")),
    ],
)
def test_an_amount_is_exact(cast: Cast, value: str, expected: Decimal) -> None:
    assert cast("amount", value) == expected


@pytest.mark.parametrize(
    "value",
    [None, "", " ", "abc", "1,250.00", "1250.00-", "0.00001", "5e-5", "NaN", "Infinity", "9999999999999999999999999"],
)
def test_what_is_no_amount_or_would_be_rounded_is_null(cast: Cast, value: str | None) -> None:
    assert cast("amount", value) is None


def test_prices_rates_and_quantities_have_their_own_scale(cast: Cast) -> None:
    assert cast("unit_price", "0.000000000001") == Decimal("0.000000000001")
    assert cast("unit_price", "1234567890123456.5") == Decimal("1234567890123456.5")
    assert cast("rate", "186.123456789012") == Decimal("186.123456789012")
    assert cast("rate", "1234567.1") is None
    assert cast("quantity", "0.000001") == Decimal("0.000001")
    assert cast("quantity", "0.0000001") is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("12", 12),
        ("-7", -7),
        ("013", 13),
        ("2.0", 2),
        ("1e3", 1000),
        ("2.5", None),
        ("1e-3", None),
        ("", None),
        ("x", None),
        (None, None),
        ("99999999999999999999", None),
    ],
)
def test_a_whole_number_is_never_rounded(cast: Cast, value: str | None, expected: int | None) -> None:
    assert cast("whole_number", value) == expected


def test_a_number_too_large_for_its_type_is_null(cast: Cast) -> None:
    assert cast("whole_number", "3000000000") == 3_000_000_000
    assert cast("integer", "3000000000") is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("true", True),
        ("false", False),
        ("True", True),
        ("X", True),
        ("", None),
        (None, None),
        ("1", None),
        ("yes", None),
    ],
)
def test_a_boolean_is_true_false_or_unknown(cast: Cast, value: str | None, expected: bool | None) -> None:
    assert cast("boolean", value) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-02-29", date(2024, 2, 29)),
        ("2023-02-29", None),
        ("2024-02-29T00:00:00", None),
        ("29.02.2024", None),
        ("", None),
        (None, None),
    ],
)
def test_an_iso_date_is_a_day_that_exists(cast: Cast, value: str | None, expected: date | None) -> None:
    assert cast("iso_date", value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-15T10:11:12Z", "2026-01-15 10:11:12"),
        ("2026-01-15T10:11:12.000+0000", "2026-01-15 10:11:12"),
        ("2026-01-15T10:11:12.500+02:00", "2026-01-15 08:11:12.500000"),
        ("2026-01-15T23:30:00-0800", "2026-01-16 07:30:00"),
        ("2026-01-15T10:11:12", None),
        ("2026-01-15", None),
        ("", None),
        (None, None),
    ],
)
def test_an_iso_timestamp_is_utc_and_names_its_zone(cast: Cast, value: str | None, expected: str | None) -> None:
    assert utc(cast("iso_timestamp", value)) == expected


def test_a_unix_timestamp_is_utc(cast: Cast) -> None:
    assert utc(cast("unix_timestamp", "1706701264")) == "2024-01-31 11:41:04"
    assert cast("unix_timestamp", "99999999999999") is None
    assert cast("unix_timestamp", "soon") is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("/Date(1706659200000)/", date(2024, 1, 31)),
        ("/Date(0)/", date(1970, 1, 1)),
        ("/Date(-86400000)/", date(1969, 12, 31)),
        ("/Date(-2208988800000)/", date(1900, 1, 1)),
        ("/Date(253402214400000)/", date(9999, 12, 31)),
        ("/Date(1706659200000+0060)/", date(2024, 1, 31)),
        ("/Date(1706659200000-0480)/", date(2024, 1, 31)),
        ("/Date(-86400000+0540)/", date(1969, 12, 31)),
        ("/Date(999999999999999999)/", None),
        ("/Date()/", None),
        ("/Date(x)/", None),
        ("2024-01-31", None),
        ("", None),
        (None, None),
    ],
)
def test_a_sap_date_is_the_day_it_means_in_every_zone(cast: Cast, value: str | None, expected: date | None) -> None:
    assert cast("sap_date", value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("/Date(1706701264000)/", "2024-01-31 11:41:04"),
        ("/Date(1706701264000+0000)/", "2024-01-31 11:41:04"),
        ("/Date(1706701264000+0060)/", "2024-01-31 10:41:04"),
        ("/Date(1706701264000-0300)/", "2024-01-31 16:41:04"),
        ("/Date(-1000+0000)/", "1969-12-31 23:59:59"),
        ("/Date(-1000-0060)/", "1970-01-01 00:59:59"),
        ("/Date(1706701264000+00x0)/", None),
        (None, None),
    ],
)
def test_a_sap_timestamp_is_utc(cast: Cast, value: str | None, expected: str | None) -> None:
    assert utc(cast("sap_timestamp", value)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0000100001", "100001"),
        (" 0042 ", "42"),
        ("0000", "0"),
        ("00PC10", "00PC10"),
        ("mm-0100", "MM-0100"),
        ("0012.5", "0012.5"),
        ("0" * 30 + "123456789012345678901234567890", "123456789012345678901234567890"),
        ("", None),
        ("  ", None),
        (None, None),
    ],
)
def test_a_code_loses_padding_and_case_and_nothing_else(cast: Cast, value: str | None, expected: str | None) -> None:
    assert cast("normalise_code", value) == expected


def test_text_has_no_outer_blanks_and_is_never_empty(cast: Cast) -> None:
    assert cast("text", "  Nordwerk AG ") == "Nordwerk AG"
    assert cast("text", "   ") is None
