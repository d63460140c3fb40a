"""Somebody else's company, from CSV files to published statements: the figures of its README are met to the cent."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.end_to_end.conftest import ROOT, Platform

DATA = Path(os.environ.get("ADVENTUREWORKS_FOLDER", ROOT.parent / "shared" / "data" / "adventureworks"))
COMPANY = Path(__file__).parent / "adventureworks"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason="the AdventureWorks extract is not on this machine"),
]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The company after one run, on a copy of its files in which one line is broken."""
    folder = tmp_path_factory.mktemp("adventureworks")
    files = shutil.copytree(DATA, folder / "files")
    with (files / "finance.csv").open("a") as lines:
        lines.write("39410,20131228,3,1,1,60\n")
    company = shutil.copytree(COMPANY, folder / "company")
    platform = Platform(folder, company / "company.yaml", {"ADVENTUREWORKS_FOLDER": str(files)})
    platform.run()
    yield platform


def value(platform: Platform, sql: str) -> Decimal:
    (row,) = platform.query(sql)
    return Decimal(str(next(iter(row.values()))))


@pytest.mark.parametrize(
    ("year", "net_income"), [(2010, "-247985.57"), (2011, "5462068.53"), (2012, "6915037.38"), (2013, "8551500.52")]
)
def test_net_income_of_a_year_is_met_to_the_cent(published: Platform, year: int, net_income: str) -> None:
    sql = f"select sum(amount_profit_period_local) from marts.mart_close__income_statements where fiscal_year = {year}"
    assert value(published, sql) == Decimal(net_income)


def test_the_budget_of_2011_is_met(published: Platform) -> None:
    sql = "select -sum(amount) from canonical.fct_plan_lines where year(period_start_date) = 2011"
    assert value(published, sql) == Decimal(8386340)


def test_assets_equal_liabilities_and_equity_in_every_month_of_every_organisation(published: Platform) -> None:
    (months,) = published.query(
        """
        select count(*) as months, count(*) filter (where assets = funds) as balanced
        from (
            select
                coalesce(sum(amount_closing_local) filter (where account_class = 'asset'), 0) as assets,
                coalesce(sum(amount_closing_local) filter (where account_class in ('liability', 'equity')), 0) as funds
            from marts.mart_close__balance_sheets
            group by entity_code, fiscal_year, fiscal_period
        )
        """
    )
    # The 299 organisation-months of the files, and nine of December 2013 that only carry November's balances on.
    assert months == {"months": 308, "balanced": 308}


def test_the_intercompany_difference_shows(published: Platform) -> None:
    sql = """
        select sum(amount_closing_local) from marts.mart_close__trial_balances
        where source_account_id in ('1185', '2340') and fiscal_year = 2012 and fiscal_period = 12
    """
    assert value(published, sql) == Decimal("665631.20")


def test_the_broken_line_is_kept_with_its_file_and_number_and_the_good_rows_stay(published: Platform) -> None:
    with duckdb.connect(str(published.folder / "data" / "warehouse" / "build.duckdb"), read_only=True) as warehouse:
        rejected = warehouse.execute(
            "select table_name, rejection_reason from staging.trial_balance_files__rejected"
        ).fetchall()
        accepted = warehouse.execute("select count(*) from staging.stg_trial_balance_files__balances").fetchone()
    assert rejected == [("balances", "finance.csv line 39411: 6 values under 8 columns")]
    assert accepted == (39409,)
