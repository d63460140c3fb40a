"""Books in databases of one's own: SAP ECC in a file, a ledger on a PostgreSQL server; two nights of nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa
import yaml

from dlt_sources.sandbox.company import World, build_world
from dlt_sources.sandbox.company.books import Books
from dlt_sources.sandbox.company.group import ENTITY_CODES
from dlt_sources.sandbox.company.mappings import write
from dlt_sources.sandbox.drops.databases import fill
from tests.dlt_sources.databases import SQL_LEDGER, postgres
from tests.end_to_end.conftest import SCALE, Platform, sandbox_platform

NIGHTS = ("2026-09-28", "2026-09-30")
BOOKS = dict.fromkeys(ENTITY_CODES, "sap_ecc") | {"2010": "sql_ledger"}
USER, PASSWORD = "ledger_reader", "of-the-ledger-4d1"
LEDGER_FIGURES = {"trial balance", "open receivable items", "open payable items"}


@pytest.fixture(scope="module")
def server() -> Iterator[sa.Engine]:
    """A server on which the ledger has a user that may only read, and only with a password."""
    with postgres(USER, PASSWORD) as url:
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(f"alter default privileges grant select on tables to {USER}")
        yield engine


def company_of_databases(folder: Path, server: sa.Engine) -> Platform:
    """The sandbox company with no other source than its books and the exchange rates."""
    platform = sandbox_platform(folder, scale=SCALE, errors="none", books=BOOKS, procurement={})
    company = yaml.safe_load(platform.company_file.read_text())
    company["instances"] = {
        "ecb": company["instances"]["ecb"],
        "sap_ecc_group": {
            "system": "sap_ecc",
            "folder": "${FINANCE_SANDBOX_FOLDER}/sap_ecc_group",
            "base_url": "sqlite:///sap_ecc.sqlite",
            "options": {"client": "100"},
        },
        "sql_ledger_group": {
            "system": "sql_ledger",
            "base_url": f"postgresql://localhost/postgres?host={server.url.query['host']}",
            "credentials": {"user": "LEDGER_USER", "password": "LEDGER_PASSWORD"},
            "options": SQL_LEDGER,
        },
    }
    company["mappings"] = str(folder / "mappings")
    write(folder / "mappings", Books(BOOKS))
    platform.company_file.write_text(yaml.safe_dump(company, sort_keys=False))
    platform.environment.update(LEDGER_USER=USER, LEDGER_PASSWORD=PASSWORD)
    return platform


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(seed=7, scale=SCALE, books=BOOKS)


@pytest.fixture(scope="module")
def company(world: World, server: sa.Engine, tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """Two nights, so that what changed and what was deleted between them has to be right as well."""
    platform = company_of_databases(tmp_path_factory.mktemp("databases"), server)
    for night in NIGHTS:
        with server.connect() as connection:
            fill(connection, world.as_of(date.fromisoformat(night), "none").vendor("sql_ledger"))
        platform.run("--as-of", night)
    return platform


@pytest.mark.slow
def test_balances_and_open_items_are_the_truth_to_the_cent(company: Platform) -> None:
    kinds = {kind["kind"]: kind for kind in company.score()["figure_kinds"]}
    assert {name: kinds[name]["figures_off"] for name in LEDGER_FIGURES} == dict.fromkeys(LEDGER_FIGURES, 0)
    assert all(kinds[name]["figures"] > 20 for name in LEDGER_FIGURES)


@pytest.mark.slow
def test_every_ledger_and_subledger_ties(company: Platform) -> None:
    outcomes = company.query(
        """
        select left_instance, reconciliation_name as name, count(*) as items,
            count(*) filter (where outcome like 'matched%') as matched
        from reconciliation.fct_reconciliations
        where reconciliation_name in ('ledger_completeness', 'ar_subledger_to_gl', 'ap_subledger_to_gl') group by all
        """
    )
    assert {row["left_instance"] for row in outcomes if row["name"] == "ledger_completeness"} == {
        "sap_ecc_group",
        "sql_ledger_group",
    }
    assert len({row["name"] for row in outcomes}) == 3
    assert all(row["items"] == row["matched"] > 0 for row in outcomes)


def landed(company: Platform, instance: str, query: str) -> list[tuple]:
    """Rows of a query on an instance's landing file."""
    path = company.folder / "data" / "landing" / f"{instance}.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("instance", "resource"), [("sap_ecc_group", "document_items"), ("sql_ledger_group", "journal_lines")]
)
def test_the_second_night_reads_only_what_changed(company: Platform, instance: str, resource: str) -> None:
    query = f"select count(*) from land_{instance}.{resource} group by _load_id order by _load_id"
    (first,), (second,) = landed(company, instance, query)
    assert 0 < second < first / 4


@pytest.mark.slow
def test_a_deleted_voucher_stays_in_the_landing_and_nowhere_else(company: Platform) -> None:
    query = "select document_number from land_sql_ledger_group.journal_lines where line_text = 'Draft'"
    assert len(landed(company, "sql_ledger_group", query)) == 2
    assert company.query("select * from canonical.fct_journal_lines where line_text = 'Draft'") == []


@pytest.mark.slow
def test_the_password_is_nowhere(company: Platform) -> None:
    files = [path for path in (company.folder / "data").rglob("*") if path.is_file()]
    assert files and not [path for path in files if PASSWORD.encode() in path.read_bytes()]
