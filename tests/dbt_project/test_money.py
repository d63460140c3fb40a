"""Minor units and rounding: exact, by currency, half away from zero."""

from decimal import Decimal

import duckdb
import pytest

from tests.dbt_project.conftest import ParsedProject
from tests.dbt_project.empty_warehouse import DBT_PROJECT


@pytest.fixture(scope="module")
def sql(project: ParsedProject) -> dict[str, str]:
    """Expressions over columns `value` and `minor_units`."""
    calls = {
        "amount": "minor_units_to_amount('value', 'minor_units')",
        "price": "minor_units_to_amount('value', 'minor_units', type_unit_price())",
        "rounded": "round_half_away('cast(value as decimal(38, 12))', 'minor_units')",
    }
    rendered = project.render("|||".join("{{ " + call + " }}" for call in calls.values()))
    return dict(zip(calls, rendered.split("|||"), strict=True))


def evaluate(
    database: duckdb.DuckDBPyConnection, expression: str, value: str | None, minor_units: int | None
) -> object:
    database.execute("create or replace table numbers (value varchar, minor_units integer)")
    database.execute("insert into numbers values (?, ?)", [value, minor_units])
    return database.execute(f"select {expression} from numbers").fetchone()[0]


@pytest.fixture(scope="module")
def currencies() -> duckdb.DuckDBPyConnection:
    """The seed of currencies."""
    with duckdb.connect() as connection:
        connection.execute(f"create table currencies as from '{DBT_PROJECT}/seeds/reference/currencies.csv'")
        yield connection


@pytest.mark.parametrize(
    ("value", "minor_units", "expected"),
    [
        ("12345", 2, Decimal("123.45")),
        ("12345", 0, Decimal("12345")),
        ("12345", 3, Decimal("12.345")),
        ("-1", 4, Decimal("-0.0001")),
        ("9007199254740993", 2, Decimal("90071992547409.93")),
    ],
)
def test_minor_units_become_an_exact_amount(
    database: duckdb.DuckDBPyConnection, sql: dict[str, str], value: str, minor_units: int, expected: Decimal
) -> None:
    assert evaluate(database, sql["amount"], value, minor_units) == expected


def test_a_currency_nobody_knows_has_no_amount(database: duckdb.DuckDBPyConnection, sql: dict[str, str]) -> None:
    assert evaluate(database, sql["amount"], "12345", None) is None


def test_a_unit_price_keeps_fractions_of_a_minor_unit(database: duckdb.DuckDBPyConnection, sql: dict[str, str]) -> None:
    assert evaluate(database, sql["price"], "0.0125", 2) == Decimal("0.000125")
    assert evaluate(database, sql["price"], "0.5", 0) == Decimal("0.5")


@pytest.mark.parametrize(
    ("value", "minor_units", "expected"),
    [
        ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
        ("3.5", 0, "4"),
        ("2.499999999999", 0, "2"),
        ("0.125", 2, "0.13"),
        ("-0.125", 2, "-0.13"),
        ("0.135", 2, "0.14"),
        ("1.005", 2, "1.01"),
        ("0.1249", 2, "0.12"),
        ("0.0005", 3, "0.001"),
        ("-0.0005", 3, "-0.001"),
        ("0.00005", 4, "0.0001"),
    ],
)
def test_rounding_is_half_away_from_zero(
    database: duckdb.DuckDBPyConnection, sql: dict[str, str], value: str, minor_units: int, expected: str
) -> None:
    assert evaluate(database, sql["rounded"], value, minor_units) == Decimal(expected)


def test_without_minor_units_nothing_is_rounded_by_guess(
    database: duckdb.DuckDBPyConnection, sql: dict[str, str]
) -> None:
    assert evaluate(database, sql["rounded"], "2.5", None) is None


def test_currencies_are_iso_4217(currencies: duckdb.DuckDBPyConnection) -> None:
    minor_units = dict(currencies.execute("select currency_code, minor_units from currencies").fetchall())
    assert all(len(code) == 3 and code.isupper() for code in minor_units)
    by_decimals = {
        decimals: " ".join(sorted(code for code in minor_units if minor_units[code] == decimals))
        for decimals in set(minor_units.values())
    }
    assert by_decimals.pop(2)
    assert by_decimals == {
        0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
        3: "BHD IQD JOD KWD LYD OMR TND",
        4: "CLF UYW",
    }


def test_stripe_counts_three_currencies_in_its_own_way(currencies: duckdb.DuckDBPyConnection) -> None:
    deviations = currencies.execute(
        "select currency_code, minor_units, stripe_minor_units from currencies "
        "where minor_units <> stripe_minor_units order by currency_code"
    ).fetchall()
    assert deviations == [("ISK", 0, 2), ("MGA", 2, 0), ("UGX", 0, 2)]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("value_of_quantity('15000000000.00', '300', '600', '2')", "7500000000.00"),
        (
            "value_of_quantity('99999999999999.99', '999999', 'cast(999999 as decimal(18, 6))', '2')",
            "99999999999999.99",
        ),
        ("earned_by_day('900000000000.00', '200', '365', '2')", "493150684931.51"),
    ],
)
def test_large_orders_and_contracts_do_not_overflow(
    database: duckdb.DuckDBPyConnection, project: ParsedProject, call: str, expected: str
) -> None:
    """A line of fifteen billion yen for three hundred pieces is an ordinary one."""
    assert database.execute(f"select {project.render('{{ ' + call + ' }}')}").fetchone()[0] == Decimal(expected)
