"""Gates judge nothing but the rows in question, and tell bad data from a gate that did not work."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from dlt_sources.registry import load_systems
from finance_assets.lib.gates import GateError, Subject, describe_findings, evaluate, load_query
from finance_assets.lib.suites import Expectation, Suite, load_landing_suite

NOT_NULL = Expectation("expect_column_values_to_not_be_null", {"column": "currency"}, line=2)


@pytest.fixture
def landing_file(tmp_path: Path) -> Path:
    """A file with a good old load and a new one in which one currency is missing."""
    path = tmp_path / "ecb.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema land_ecb")
        connection.execute('create table land_ecb.rates ("currency" varchar, "rate" varchar, _load_id varchar)')
        rows = [("USD", "1.1", "old"), ("JPY", "160", "old"), ("USD", "1.2", "new"), (None, "x", "new")]
        connection.executemany("insert into land_ecb.rates values (?, ?, ?)", rows)
    return path


def suite(*expectations: Expectation) -> Suite:
    return Suite(Path("rates.yaml"), "landed_ecb", "rates", expectations)


def subject(load_id: str, *expectations: Expectation, **settings: object) -> Subject:
    return Subject(suite(*expectations), load_query("land_ecb", "rates", load_id), **settings)


def test_only_the_rows_of_the_load_are_judged(landing_file: Path) -> None:
    old, new = evaluate(landing_file, [subject("old", NOT_NULL), subject("new", NOT_NULL)])
    assert old.is_passed and old.findings == []
    assert not new.is_passed
    assert "column=currency (found: 1)" in describe_findings([new])


def test_a_query_that_returns_rows_is_a_finding(landing_file: Path) -> None:
    query = "select * from {batch} where try_cast(rate as decimal(18, 6)) is null"
    arguments = {"unexpected_rows_query": query, "description": "Rates are numbers."}
    (result,) = evaluate(landing_file, [subject("new", Expectation("unexpected_rows_expectation", arguments, line=2))])
    assert not result.is_passed
    assert describe_findings([result]).startswith("landed_ecb.rates: Rates are numbers.")


def test_a_warning_is_noted_and_does_not_reject(landing_file: Path) -> None:
    warning = Expectation(NOT_NULL.type, NOT_NULL.arguments, line=2, severity="warning")
    (result,) = evaluate(landing_file, [subject("new", warning)])
    assert result.is_passed
    assert len(result.findings) == 1


def test_a_snapshot_that_shrank_too_much_is_not_believed(landing_file: Path) -> None:
    rate_given = Expectation("expect_column_values_to_not_be_null", {"column": "rate"}, line=2)
    (result,) = evaluate(landing_file, [subject("new", rate_given, fewest_rows=3)])
    assert not result.is_passed
    assert "lost at most 50 percent" in describe_findings([result])


def test_an_expectation_that_cannot_be_evaluated_is_an_error_not_bad_data(landing_file: Path) -> None:
    on_a_missing_column = Expectation(NOT_NULL.type, {"column": "nowhere"}, line=7)
    with pytest.raises(GateError, match="could not be evaluated"):
        evaluate(landing_file, [subject("new", on_a_missing_column)])


def test_personal_values_do_not_reach_a_finding(landing_file: Path) -> None:
    in_set = Expectation("expect_column_values_to_be_in_set", {"column": "rate", "value_set": ["1.2"]}, line=2)
    (shown,) = evaluate(landing_file, [subject("new", in_set)])
    (hidden,) = evaluate(landing_file, [subject("new", in_set, hides_values=True)])
    assert "such as x" in describe_findings([shown])
    assert "such as" not in describe_findings([hidden])


def test_the_file_can_be_written_again_after_a_gate(landing_file: Path) -> None:
    evaluate(landing_file, [subject("old", NOT_NULL)])
    with duckdb.connect(str(landing_file)) as connection:
        connection.execute("insert into land_ecb.rates values ('GBP', '0.8', 'next')")


def test_a_deleted_draft_passes_where_an_invoice_without_a_total_does_not(tmp_path: Path) -> None:
    """Of a deleted object a source brings nothing but its id: its other fields are not missing."""
    fields = load_systems()["stripe"].resources["invoices"].fields
    invoices = load_landing_suite("stripe", "invoices", fields)
    whole = {"id": "in_1", "currency": "eur", "total": "100", "status": "open", "created": "1767225600"}
    loads = {
        "night": [whole, {"id": "in_2", "deleted": "true"}],
        "bad": [whole, {**whole, "id": "in_3", "total": None}],
    }
    path = tmp_path / "stripe.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema land_stripe")
        columns = ", ".join(f'"{field}" varchar' for field in [*fields, "_load_id"])
        connection.execute(f"create table land_stripe.invoices ({columns})")
        for load_id, rows in loads.items():
            for row in rows:
                values = [row.get(field) for field in fields] + [load_id]
                connection.execute(f"insert into land_stripe.invoices values ({', '.join('?' * len(values))})", values)
    night, bad = evaluate(
        path, [Subject(invoices, load_query("land_stripe", "invoices", load_id)) for load_id in loads]
    )
    assert night.is_passed, describe_findings([night])
    assert not bad.is_passed
