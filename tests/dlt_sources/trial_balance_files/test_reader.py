"""What a company says about its files travels with them; what it says wrong is refused before anything is read."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from dlt_sources.build import build_source, source_rows
from dlt_sources.errors import ConfigurationError
from dlt_sources.registry import load_systems
from dlt_sources.settings import Instance

SYSTEM = load_systems()["trial_balance_files"]
OPTIONS: dict[str, Any] = {
    "balances": {"files": "tb*.csv", "columns": {"entity": "org", "account": "acc", "date": "day", "amount": "amt"}},
    "entities": {"files": "org.csv", "columns": {"entity": "org", "name": "title", "currency": "cur"}},
    "accounts": {"files": "acc.csv", "columns": {"account": "acc", "name": "title", "type": "kind"}},
    "account_types": {"A": "asset", "Heads": "statistical"},
    "adjustment_dates": "2026-12-30  2027-12-30",
    "days_after_period_end": 1,
}


def instance(folder: Path, **changes: Any) -> Instance:
    return Instance(name="books", system="trial_balance_files", folder=str(folder), options={**OPTIONS, **changes})


def load(folder: Path, **changes: Any) -> dict[str, list[dict[str, Any]]]:
    """One load's rows by resource."""
    source = build_source(SYSTEM, instance(folder, **changes), date(2026, 9, 30), "L1", {})
    rows: dict[str, list[dict[str, Any]]] = {}
    for name, resource in source.resources.items():
        tables = [table for table in resource if isinstance(table, pa.Table)]
        rows[name] = [row for table in tables for row in table.to_pylist()]
    assert source_rows(source) == {name: len(listed) for name, listed in rows.items()}
    return rows


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tb_2026_09.csv").write_text("org,acc,day,amt\n1,100,2026-09-30,12.5\n1,100,2026-09-30\n")
    (tmp_path / "org.csv").write_text("org,title,cur\n1,One,EUR\n")
    (tmp_path / "acc.csv").write_text("acc,title,kind\n100,Cash,A\n")
    return tmp_path


def test_files_that_a_company_does_not_have_bring_no_rows(folder: Path) -> None:
    rows = load(folder)
    assert {name: len(listed) for name, listed in rows.items()} == {
        "balances": 2,
        "entities": 1,
        "accounts": 1,
        "cost_centres": 0,
        "scenarios": 0,
        "currencies": 0,
        "rates": 0,
        "account_types": 2,
        "conventions": 1,
    }


def test_the_broken_line_is_landed_with_its_file_and_number(folder: Path) -> None:
    good, broken = load(folder)["balances"]
    assert (good["entity"], good["amount"], good["problem"]) == ("1", "12.5", None)
    assert (broken["entity"], broken["file_name"], broken["line_number"], broken["problem"], broken["line_text"]) == (
        None,
        "tb_2026_09.csv",
        "3",
        "3 values under 4 columns",
        "1,100,2026-09-30",
    )


def test_conventions_are_one_row_of_text_with_the_defaults_filled_in(folder: Path) -> None:
    rows = load(folder)
    assert rows["account_types"] == [
        {"type": "A", "account_class": "asset", "_load_id": "L1"},
        {"type": "Heads", "account_class": "statistical", "_load_id": "L1"},
    ]
    assert rows["conventions"] == [
        {
            "ledger": "GL",
            "chart": "LOCAL",
            "fiscal_calendar": "jan_dec",
            "sign": "debit_positive",
            "balance_sheet_amounts": "balance",
            "income_statement_amounts": "movement",
            "is_result_in_equity": "false",
            "days_after_period_end": "1",
            "adjustment_dates": "2026-12-30 2027-12-30",
            "actual_scenario": "Actual",
            "rate_currency": "EUR",
            "_load_id": "L1",
        }
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"account_types": {"A": "assets"}}, "options.account_types.A"),
        ({"account_types": {}}, "options.account_types"),
        ({"sign": "credit_positive"}, "options.sign"),
        ({"fiscal_calendar": "jul_jun"}, "options.fiscal_calendar"),
        ({"days_after_period_end": 40}, "options.days_after_period_end"),
        ({"adjustment_dates": "2026-13-01"}, "options.adjustment_dates"),
        ({"rate_currency": "Euro"}, "options.rate_currency"),
        ({"entities": {"files": "org.csv", "columns": {"entity": "org", "name": "title"}}}, "'currency' is missing"),
    ],
)
def test_a_wrong_convention_is_refused_before_anything_is_read(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        build_source(SYSTEM, instance(Path("nowhere"), **changes), date(2026, 9, 30), "L1", {})
