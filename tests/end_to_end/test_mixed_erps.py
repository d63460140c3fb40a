"""Entities on NetSuite, both Dynamics, Fusion and in a database, one on SAP: the same truth, the same errors found."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
import yaml

from dlt_sources.sandbox.company.books import Books
from dlt_sources.sandbox.company.mappings import write
from dlt_sources.sandbox.servers.context import DEMO_CREDENTIALS
from tests.dlt_sources.databases import SQL_LEDGER, in_minor_units
from tests.dlt_sources.sandbox_instances import INSTANCES
from tests.end_to_end.conftest import SCALE, Platform, sandbox_platform

# On NetSuite one begins its year in January, the other in April; others have a chart, or partners, of their own.
# Fusion's one entity has another currency than its neighbours on the same chart.
ELSEWHERE = {
    "3010": "netsuite",
    "3020": "netsuite",
    "1020": "business_central",
    "2010": "sql_ledger",
    "2020": "d365_finance",
    "1030": "oracle_fusion",
}
SIGNED_WITH = ("consumer_key", "consumer_secret", "token_id", "token_secret")


def on_mixed_erps(folder: Path, errors: str) -> Platform:
    """The sandbox company with more instances in the company file and mapping rows for them: nothing else."""
    platform = sandbox_platform(folder, scale=SCALE, errors=errors, books=ELSEWHERE)
    company = yaml.safe_load(platform.company_file.read_text())
    company["instances"]["netsuite_group"] = {
        "system": "netsuite",
        "base_url": "${FINANCE_SANDBOX_URL}/netsuite",
        "credentials": {name: f"NETSUITE_GROUP_{name.upper()}" for name in SIGNED_WITH},
        "options": {"account": DEMO_CREDENTIALS["netsuite"]["account"]},
        "connection": {"requests_per_second": 1000},
    }
    company["instances"]["business_central_group"] = {
        "system": "business_central",
        "base_url": "${FINANCE_SANDBOX_URL}/business_central/v2.0/meridian.example/sandbox/api",
        "auth_url": "${FINANCE_SANDBOX_URL}/business_central/meridian.example",
        "credentials": {name: f"BUSINESS_CENTRAL_GROUP_{name.upper()}" for name in ("client_id", "client_secret")},
        "connection": {"requests_per_second": 1000},
    }
    company["instances"]["sql_ledger_group"] = {
        "system": "sql_ledger",
        "folder": "${FINANCE_SANDBOX_FOLDER}/sql_ledger_group",
        "base_url": "sqlite:///sql_ledger.sqlite",
        "options": in_minor_units(SQL_LEDGER),
    }
    company["instances"]["oracle_fusion_group"] = {
        "system": "oracle_fusion",
        "base_url": "${FINANCE_SANDBOX_URL}/oracle_fusion",
        "folder": "${FINANCE_SANDBOX_FOLDER}/oracle_fusion_group",
        "credentials": {name: f"ORACLE_FUSION_GROUP_{name.upper()}" for name in ("user", "password")},
        "options": INSTANCES["oracle_fusion"]["options"],
        "connection": {"requests_per_second": 1000},
    }
    company["instances"]["d365_group"] = {
        "system": "d365_finance",
        "base_url": "${FINANCE_SANDBOX_URL}/d365/data",
        "auth_url": "${FINANCE_SANDBOX_URL}/d365/meridian.example",
        "credentials": {name: f"D365_GROUP_{name.upper()}" for name in ("client_id", "client_secret")},
        "connection": {"requests_per_second": 1000},
    }
    company["mappings"] = str(folder / "mappings")
    write(folder / "mappings", Books(ELSEWHERE))
    platform.company_file.write_text(yaml.safe_dump(company, sort_keys=False))
    return platform


@pytest.fixture(scope="module")
def mixed_erps(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """Two nights, so that what changed and what was deleted between them has to be right as well."""
    platform = on_mixed_erps(tmp_path_factory.mktemp("mixed_erps"), "all")
    platform.run("--as-of", "2026-09-28")
    platform.run("--as-of", "2026-09-30")
    return platform


@pytest.mark.slow
def test_the_truth_and_the_errors_are_those_of_one_erp(mixed_erps: Platform) -> None:
    score = mixed_erps.score()
    assert (score["figures_off"], score["recall"], score["precision"]) == (0, 1, 1)
    assert score["figures"] > 1000
    ledgers = mixed_erps.query(
        "select source_instance, count(distinct entity_code) as entities from canonical.fct_journal_lines group by all"
    )
    assert {row["source_instance"]: row["entities"] for row in ledgers} == {
        "sap_group": 1,
        "netsuite_group": 2,
        "business_central_group": 1,
        "sql_ledger_group": 1,
        "d365_group": 1,
        "oracle_fusion_group": 1,
    }


@pytest.mark.slow
def test_every_ledger_is_held_against_its_sources_own_sums(mixed_erps: Platform) -> None:
    outcomes = mixed_erps.query(
        """
        select left_instance, count(*) as periods, count(*) filter (where outcome = 'matched') as matched
        from reconciliation.fct_reconciliations where reconciliation_name = 'ledger_completeness' group by all
        """
    )
    instances = {"sap_group", "netsuite_group", "business_central_group", "sql_ledger_group", "d365_group"}
    assert {row["left_instance"] for row in outcomes} == instances | {"oracle_fusion_group"}
    assert all(row["periods"] == row["matched"] > 0 for row in outcomes)


@pytest.mark.slow
def test_a_deleted_draft_stays_in_the_landing_and_nowhere_else(mixed_erps: Platform) -> None:
    with duckdb.connect(
        str(mixed_erps.folder / "data" / "landing" / "netsuite_group.duckdb"), read_only=True
    ) as landing:
        ((draft,),) = landing.execute(
            "select distinct id from land_netsuite_group.transactions where memo = 'Draft' "
            "and id in (select recordid from land_netsuite_group.deleted_records)"
        ).fetchall()
    found = mixed_erps.query(f"select * from canonical.fct_journal_lines where document_number = '{draft}'")
    assert draft and found == []


@pytest.mark.slow
def test_year_end_transfers_are_landed_and_in_no_ledger(mixed_erps: Platform) -> None:
    with duckdb.connect(str(mixed_erps.folder / "data" / "landing" / "d365_group.duckdb"), read_only=True) as landing:
        transfers = landing.execute(
            'select "SourceKey" from land_d365_group.journal_lines where "PostingType" = \'TransferOpeningClosing\''
        ).fetchall()
    lines = mixed_erps.query("select line_number from canonical.fct_journal_lines where source_instance = 'd365_group'")
    assert transfers and lines and not {key for (key,) in transfers} & {row["line_number"] for row in lines}


@pytest.mark.slow
def test_each_extract_of_fusion_is_taken_once_and_a_deleted_journal_is_missing_from_its_keys(
    mixed_erps: Platform,
) -> None:
    with duckdb.connect(
        str(mixed_erps.folder / "data" / "landing" / "oracle_fusion_group.duckdb"), read_only=True
    ) as landing:
        schema = "land_oracle_fusion_group"
        loads = landing.execute(f"select count(*) from {schema}.journal_lines group by _load_id order by _load_id")
        (first,), (second,) = loads.fetchall()
        ((draft,),) = landing.execute(
            f'select "JeHeaderId" from {schema}.journal_headers where "GlJeHeadersStatus" = \'U\''
        ).fetchall()
        keys = landing.execute(
            f"select \"JeHeaderId\" = '{draft}', count(distinct _load_id) from {schema}.journal_header_keys group by 1"
        ).fetchall()
    assert 0 < second < first / 4
    assert dict(keys) == {True: 1, False: 2}
    found = mixed_erps.query(f"select * from canonical.fct_journal_lines where document_number = '{draft}'")
    assert found == []


@pytest.mark.slow
def test_one_backfill_gives_the_tables_that_two_nights_gave(mixed_erps: Platform, tmp_path: Path) -> None:
    """All but when something was first known; and events that Stripe shows for thirty days only."""
    platform = on_mixed_erps(tmp_path, "all")
    platform.run("--as-of", "2026-09-30")
    nights, backfill = (each.folder / "data" / "published" / "finance.duckdb" for each in (mixed_erps, platform))
    differing = {}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{nights}' as nights (read_only); attach '{backfill}' as backfill (read_only)")
        tables = connection.execute(
            "select table_name, list(column_name order by column_index) from duckdb_columns() "
            "where database_name = 'nights' and schema_name = 'canonical' group by all"
        ).fetchall()
        for table, columns in tables:
            content = ", ".join(f'"{name}"' for name in columns if not name.endswith(("load_id", "recorded_at")))
            one, other = (f"select {content} from {database}.canonical.{table}" for database in ("nights", "backfill"))
            parts = (f"(select count(*) from ({x} except all {y}))" for x, y in ((one, other), (other, one)))
            query = f"select {' + '.join(parts)}"
            if rows := connection.execute(query).fetchone()[0]:
                differing[table] = rows
    first_known = {"customer_ids", "customer_hierarchies"}
    assert len(tables) > 60 and set(differing) <= {"fct_billing_events"} | first_known


@pytest.mark.slow
def test_the_clean_company_on_mixed_erps_has_no_exception(tmp_path: Path) -> None:
    platform = on_mixed_erps(tmp_path, "none")
    platform.run()
    assert platform.score()["figures_off"] == 0
    assert platform.query("select * from control.exceptions where status = 'open'") == []
