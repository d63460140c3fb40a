"""An entity moves from SAP to NetSuite in mid-year: comparatives stay, the opening is the old closing, and so on."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from dlt_sources.sandbox.company.books import Books
from dlt_sources.sandbox.company.mappings import write
from dlt_sources.sandbox.servers.context import DEMO_CREDENTIALS
from tests.end_to_end.conftest import SCALE, Platform, sandbox_platform

# A quarter before its year ends, so that a year end follows in the new books.
BOOKS = {"2010": {"until": date(2025, 9, 30), "first": "sap_s4hana", "then": "netsuite"}}
SIGNED_WITH = ("consumer_key", "consumer_secret", "token_id", "token_secret")
PERIODS_BEFORE = """
    select ledger_code, source_account_id, fiscal_year, fiscal_period, amount_opening_local, amount_debit_local,
        amount_credit_local, amount_closing_local
    from marts.mart_close__trial_balances
    where entity_code = '2010' and period_end_date <= date '2025-09-30'
    order by all
"""


def move(platform: Platform) -> None:
    """Another instance in the company file and dated mapping rows: nothing else."""
    company = yaml.safe_load(platform.company_file.read_text())
    company["instances"]["netsuite_group"] = {
        "system": "netsuite",
        "base_url": "${FINANCE_SANDBOX_URL}/netsuite",
        "credentials": {name: f"NETSUITE_GROUP_{name.upper()}" for name in SIGNED_WITH},
        "options": {"account": DEMO_CREDENTIALS["netsuite"]["account"]},
        "connection": {"requests_per_second": 1000},
    }
    company["mappings"] = str(platform.folder / "mappings")
    write(platform.folder / "mappings", Books(BOOKS))
    platform.company_file.write_text(yaml.safe_dump(company, sort_keys=False))


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Platform, list[dict], dict]:
    """After the move, with what was published on the evening before it, when the company file knew SAP only."""
    platform = sandbox_platform(tmp_path_factory.mktemp("cut_over"), scale=SCALE, errors="all", books=BOOKS)
    platform.run("--as-of", "2025-09-30")
    before, score = platform.query(PERIODS_BEFORE), platform.score()
    move(platform)
    platform.run("--as-of", "2026-09-30")
    return platform, before, score


@pytest.mark.slow
def test_the_truth_and_the_errors_are_found_before_and_after(moved: tuple[Platform, list[dict], dict]) -> None:
    platform, _, before = moved
    score = platform.score()
    assert (before["figures_off"], before["recall"], before["precision"]) == (0, 1, 1)
    assert (score["figures_off"], score["recall"], score["precision"]) == (0, 1, 1)
    found = {row["class"]: row["found"] for row in score["classes"]}
    assert found["cut_over_balance_differs"] == 2
    assert found["cut_over_item_forgotten"] >= 2


@pytest.mark.slow
def test_comparatives_are_what_the_old_books_said(moved: tuple[Platform, list[dict], dict]) -> None:
    platform, before, _ = moved
    assert len(before) > 100
    assert platform.query(PERIODS_BEFORE) == before


@pytest.mark.slow
def test_every_period_balances_and_opens_with_the_closing_before(moved: tuple[Platform, list[dict], dict]) -> None:
    platform, _, _ = moved
    sums = platform.query(
        "select sum(amount_closing_local) as closing, count(*) as periods from canonical.fct_trial_balances "
        "where entity_code = '2010' group by fiscal_year, fiscal_period having sum(amount_closing_local) <> 0"
    )
    assert sums == []
    books = platform.query(
        "select source_instance, min(period_end_date) as first, max(period_end_date) as last "
        "from canonical.fct_trial_balances where entity_code = '2010' group by all order by 2"
    )
    assert [(row["source_instance"], row["first"][:10], row["last"][:10]) for row in books] == [
        ("sap_group", "2024-10-31", "2025-09-30"),
        ("netsuite_group", "2025-10-31", "2026-09-30"),
    ]
    broken = platform.query(
        """
        with by_group as (
            select group_account_code, is_balance_sheet, fiscal_year * 12 + fiscal_period as place,
                sum(amount_opening_local) as opening, sum(amount_closing_local) as closing
            from canonical.fct_trial_balances
            where entity_code = '2010' and not is_special
            group by all
        )
        select * from by_group as later
        left join by_group as before using (group_account_code, is_balance_sheet)
        where later.place = 2025 * 12 + 10 and before.place = 2025 * 12 + 9 and later.opening <> before.closing
        """
    )
    assert broken == []


@pytest.mark.slow
def test_the_clean_company_has_no_exception_and_all_was_brought_over(tmp_path: Path) -> None:
    platform = sandbox_platform(tmp_path, scale=SCALE, errors="none", books=BOOKS)
    move(platform)
    platform.run()
    assert platform.score()["figures_off"] == 0
    assert platform.query("select * from control.exceptions where status = 'open'") == []
    rules = platform.query(
        "select rule_name, outcome, count(*) as compared from reconciliation.fct_reconciliations "
        "where reconciliation_name = 'cut_over' group by all order by all"
    )
    assert [(row["rule_name"], row["outcome"]) for row in rules] == [("balance", "matched"), ("open_item", "matched")]
    assert all(row["compared"] > 5 for row in rules)
