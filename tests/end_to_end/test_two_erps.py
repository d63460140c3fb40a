"""Two entities on NetSuite, the rest on SAP: the same truth to the cent, and the same errors found."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
import yaml

from dlt_sources.sandbox.company.books import Books
from dlt_sources.sandbox.company.mappings import write
from dlt_sources.sandbox.servers.context import DEMO_CREDENTIALS
from tests.end_to_end.conftest import SCALE, Platform, sandbox_platform

# One begins its year in January, the other in April.
ELSEWHERE = {"3010": "netsuite", "3020": "netsuite"}
SIGNED_WITH = ("consumer_key", "consumer_secret", "token_id", "token_secret")


def on_two_erps(folder: Path, errors: str) -> Platform:
    """The sandbox company with a NetSuite instance in the company file and mapping rows for it: nothing else."""
    platform = sandbox_platform(folder, scale=SCALE, errors=errors, books=ELSEWHERE)
    company = yaml.safe_load(platform.company_file.read_text())
    company["instances"]["netsuite_group"] = {
        "system": "netsuite",
        "base_url": "${FINANCE_SANDBOX_URL}/netsuite",
        "credentials": {name: f"NETSUITE_GROUP_{name.upper()}" for name in SIGNED_WITH},
        "options": {"account": DEMO_CREDENTIALS["netsuite"]["account"]},
        "connection": {"requests_per_second": 1000},
    }
    company["mappings"] = str(folder / "mappings")
    write(folder / "mappings", Books(ELSEWHERE))
    platform.company_file.write_text(yaml.safe_dump(company, sort_keys=False))
    return platform


@pytest.fixture(scope="module")
def two_erps(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """Two nights, so that what changed and what was deleted between them has to be right as well."""
    platform = on_two_erps(tmp_path_factory.mktemp("two_erps"), "all")
    platform.run("--as-of", "2026-09-28")
    platform.run("--as-of", "2026-09-30")
    return platform


@pytest.mark.slow
def test_the_truth_and_the_errors_are_those_of_one_erp(two_erps: Platform) -> None:
    score = two_erps.score()
    assert (score["figures_off"], score["recall"], score["precision"]) == (0, 1, 1)
    assert score["figures"] > 1000
    ledgers = two_erps.query(
        "select source_instance, count(distinct entity_code) as entities from canonical.fct_journal_lines group by all"
    )
    assert {row["source_instance"]: row["entities"] for row in ledgers} == {"sap_group": 5, "netsuite_group": 2}


@pytest.mark.slow
def test_both_ledgers_are_held_against_their_sources_own_sums(two_erps: Platform) -> None:
    outcomes = two_erps.query(
        """
        select left_instance, count(*) as periods, count(*) filter (where outcome = 'matched') as matched
        from reconciliation.fct_reconciliations where reconciliation_name = 'ledger_completeness' group by all
        """
    )
    assert {row["left_instance"] for row in outcomes} == {"sap_group", "netsuite_group"}
    assert all(row["periods"] == row["matched"] > 0 for row in outcomes)


@pytest.mark.slow
def test_a_deleted_draft_stays_in_the_landing_and_nowhere_else(two_erps: Platform) -> None:
    with duckdb.connect(str(two_erps.folder / "data" / "landing" / "netsuite_group.duckdb"), read_only=True) as landing:
        ((draft,),) = landing.execute(
            "select distinct id from land_netsuite_group.transactions where memo = 'Draft' "
            "and id in (select recordid from land_netsuite_group.deleted_records)"
        ).fetchall()
    found = two_erps.query(f"select * from canonical.fct_journal_lines where document_number = '{draft}'")
    assert draft and found == []


@pytest.mark.slow
def test_the_clean_company_on_two_erps_has_no_exception(tmp_path: Path) -> None:
    platform = on_two_erps(tmp_path, "none")
    platform.run()
    assert platform.score()["figures_off"] == 0
    assert platform.query("select * from control.exceptions where status = 'open'") == []
