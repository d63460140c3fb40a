"""What was open on a past day: as asked from the command line, aged as of that day."""

from __future__ import annotations

import json
from decimal import Decimal

import duckdb
import pytest
from click.testing import CliRunner, Result

from finance_assets.cli import main
from finance_assets.lib.settings import COMPANY_VARIABLE, DATA_DIR_VARIABLE, Settings

ITEM = """
    entity_code varchar, source_account_id varchar, source_counterparty_id varchar, fiscal_year integer,
    document_number varchar, line_number varchar, item_type varchar, posting_date date, document_date date,
    due_date date, open_until date, amount_transaction decimal(28, 4), transaction_currency varchar,
    amount_local decimal(28, 4), local_currency varchar, recorded_at date,
    open_from_date date generated always as (posting_date)
"""


@pytest.fixture
def published(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A warehouse as of 31 March: an invoice paid in part, one paid in April of the truth, a supplier's invoice."""
    monkeypatch.setenv(COMPANY_VARIABLE, str(settings.company.path))
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(settings.data_dir.root))
    settings.data_dir.published.mkdir(parents=True)
    (settings.data_dir.published / "manifest.json").write_text('{"as_of": "2026-03-31"}')
    with duckdb.connect(str(settings.data_dir.published_file)) as connection:
        connection.execute("create schema canonical")
        for table, counterparty in (("fct_ar_items", "customer"), ("fct_ap_items", "supplier")):
            connection.execute(f"create table canonical.{table} ({counterparty}_id varchar, {ITEM})")
        connection.execute("create table canonical.dim_entities as select '2010' as entity_code")
        connection.execute("create table canonical.dim_customers as select 'c' as customer_id, 'Nord' as customer_name")
        connection.execute("create table canonical.dim_suppliers (supplier_id varchar, supplier_name varchar)")
        connection.execute(
            "create table canonical.dim_ageing_buckets as from (values ('not_due', null, 0), ('1_to_30', 1, 30), "
            "('31_to_60', 31, 60), ('61_to_90', 61, 90), ('over_90', 91, null)) "
            "as buckets (ageing_bucket, first_day_past_due, last_day_past_due)"
        )
        connection.execute(
            """
            insert into canonical.fct_ar_items values
                ('c', '1010', '12', 'K1', 2026, 'i1', '1', 'invoice', '2026-01-05', '2026-01-05', '2026-02-04',
                    '2026-03-20', 110, 'USD', 100, 'EUR', '2026-01-05'),
                ('c', '1010', '12', 'K1', 2026, 'p1', '1', 'payment', '2026-02-10', '2026-02-10', null,
                    '2026-03-20', -44, 'USD', -40, 'EUR', '2026-02-10'),
                ('c', '1020', '12', 'K1', 2026, 'i2', '1', 'invoice', '2026-02-01', '2026-02-01', '2026-03-03',
                    '9999-12-31', 7, 'EUR', 7, 'EUR', '2026-02-01')
            """
        )
        connection.execute(
            "insert into canonical.fct_ap_items values ('s', '1010', '16', 'L1', 2026, 'b1', '1', 'invoice', "
            "'2026-02-15', '2026-02-15', '2026-03-01', '9999-12-31', -50, 'EUR', -50, 'EUR', '2026-02-15')"
        )
    return settings


def call(*words: str) -> Result:
    return CliRunner().invoke(main, ["open-items", *words])


def asked(*words: str) -> list[dict]:
    return json.loads(call(*words, "--json").output, parse_float=Decimal)


def test_an_invoice_paid_in_part_and_its_payment_stand_side_by_side(published: Settings) -> None:
    (row,) = asked("--on", "2026-02-28", "--side", "ar", "--entity", "1010")
    amounts = {name: Decimal(row[name]) for name in ("1_to_30", "not_due", "unapplied", "total")}
    assert amounts == {"1_to_30": 100, "not_due": 0, "unapplied": -40, "total": 60}
    assert (row["customer"], row["local_currency"], row["items"]) == ("Nord", "EUR", 2)


@pytest.mark.parametrize(
    ("day", "open_then"),
    [
        ("2026-01-04", []),
        ("2026-01-05", ["i1"]),
        ("2026-02-10", ["i1", "p1", "i2"]),
        ("2026-03-19", ["i1", "p1", "i2"]),
        ("2026-03-20", ["i2"]),
    ],
)
def test_an_item_is_open_from_its_posting_to_the_day_before_its_clearing(
    published: Settings, day: str, open_then: list[str]
) -> None:
    assert [row["document_number"] for row in asked("--on", day, "--side", "ar", "--items")] == open_then


def test_age_is_counted_as_of_the_day_that_is_asked_for(published: Settings) -> None:
    ages = {
        day: asked("--on", day, "--side", "ar", "--items")[0]["days_past_due"] for day in ("2026-02-04", "2026-03-06")
    }
    assert ages == {"2026-02-04": 0, "2026-03-06": 30}


def test_what_is_owed_to_suppliers_is_above_zero_too(published: Settings) -> None:
    (row,) = asked("--on", "2026-03-31", "--side", "ap")
    assert (Decimal(row["1_to_30"]), Decimal(row["total"]), row["supplier"]) == (50, 50, "L1")


def test_a_day_after_the_last_night_is_refused_in_words(published: Settings) -> None:
    result = call("--on", "2026-04-01")
    assert result.exit_code == 1 and "as of 2026-03-31" in result.output


def test_a_screen_shows_both_sides(published: Settings) -> None:
    told = call("--on", "2026-03-10").output
    assert "Open customer items" in told and "Open supplier items" in told and "Nord" in told


def test_a_screen_has_the_sum_of_every_entity_and_currency(published: Settings) -> None:
    for words in (("--on", "2026-03-10"), ("--on", "2026-03-10", "--items")):
        sums = call(*words, "--side", "ar").output.partition("Together")[2].split()
        assert [sums[at : at + 4] for at in range(len(sums) - 8, len(sums), 4)] == [
            ["1010", "60.00", "EUR", "2"],
            ["1020", "7.00", "EUR", "1"],
        ]


def test_a_year_is_no_amount(published: Settings) -> None:
    told = call("--on", "2026-03-10", "--items").output
    assert "2026" in told and "2,026" not in told


def test_where_nothing_was_open_it_is_said_and_an_entity_that_is_not_there_is_named(published: Settings) -> None:
    told = call("--on", "2026-01-04", "--entity", "2010").output
    assert told.count("nothing was open on 2026-01-04") == 2
    result = call("--on", "2026-03-10", "--entity", "99")
    assert result.exit_code == 1 and "there is no entity 99; there are 1010, 1020, 2010" in result.output
