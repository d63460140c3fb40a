"""The whole project builds where nothing has landed: every model, contract and unit test; data tests need data."""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from finance_assets.lib.dbt_manifest import DbtManifest
from finance_assets.lib.publish import publish, read_manifest
from finance_assets.lib.trace import Tracer, described_traces, traced_tables
from tests.dbt_project.conftest import ParsedProject
from tests.dbt_project.empty_warehouse import DBT_PROJECT, create_empty_warehouse

JOURNAL_LINES = Path("models/conformed/sap_s4hana/int_sap_s4hana__journal_lines_conformed.sql")


def dbt(project: Path, work: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """dbt in a process of its own, on the empty warehouse in `work`."""
    options = ["--project-dir", str(project), "--profiles-dir", str(project)]
    options += ["--target-path", str(work / "target"), "--log-path", str(work / "logs")]
    return subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", "--no-use-colors", *arguments, *options],
        cwd=project,
        env={**os.environ, "FINANCE_WAREHOUSE": str(work / "warehouse.duckdb")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the built warehouse and dbt's results."""
    work = tmp_path_factory.mktemp("empty_company")
    create_empty_warehouse(work / "warehouse.duckdb")
    result = dbt(DBT_PROJECT, work, "build", "--exclude-resource-type", "test")
    assert result.returncode == 0, result.stdout[-5000:]
    return work


def statuses(work: Path) -> dict[str, str]:
    """Status by node of the last dbt command; an exposure is nothing to build."""
    results = json.loads((work / "target" / "run_results.json").read_text())["results"]
    return {
        result["unique_id"]: result["status"] for result in results if not result["unique_id"].startswith("exposure.")
    }


def test_every_model_builds_and_every_unit_test_passes(built: Path) -> None:
    assert set(statuses(built).values()) <= {"success", "pass"}


def test_every_column_that_a_trace_asks_for_is_there(built: Path, tmp_path: Path) -> None:
    publication = publish(
        built / "warehouse.duckdb",
        tmp_path,
        run_id="run",
        as_of=date(2026, 9, 30),
        close_gate_passed=True,
        labels={},
        descriptions={},
        facts={"traces": described_traces(DbtManifest(built / "target" / "manifest.json"))},
    )
    tables = traced_tables(read_manifest(tmp_path)["traces"])
    assert len(tables) >= 15
    kinds = {table.kind for table in tables}
    gaps = {gap for table in tables for gap in table.gaps}
    assert gaps >= {"unmapped_account", "unmapped_product", "unmapped_stage"}
    for table in tables:
        assert {each["kind"] for each in (*table.comes_from, *table.goes_into)} <= kinds | {"payout"}
        assert set(table.awaits) <= {each.name for each in tables}
    with duckdb.connect(str(publication.database), read_only=True) as connection:
        tracer = Tracer(connection, tables)
        assert tracer.document("1")["hops"] == []
        for kind in ("invoice_not_posted", *gaps):
            found = tracer.exception(kind, "1")
            assert (found["hops"], found["records"]) == ([], [])
        assert tracer.exception("possible_same_customer", "1|2|3|4")["customers"] == []
        assert tracer.customer("1") is None
        assert tracer.figure("1010", date(2026, 9, 1), "411000")["balances"] == []


def test_a_seed_is_made_anew_so_that_it_may_get_another_column(project: ParsedProject) -> None:
    seeds = [node for node in project.manifest["nodes"].values() if node["resource_type"] == "seed"]
    assert seeds and all(node["config"]["full_refresh"] for node in seeds)


def test_the_traps_of_sap_are_unit_tests(built: Path) -> None:
    passed = [node for node, status in statuses(built).items() if node.startswith("unit_test.") and status == "pass"]
    tested = {re.search(r"(base|int)_sap_s4hana__[a-z_]+", node)[0] for node in passed if "sap_s4hana" in node}
    assert tested >= {
        "base_sap_s4hana__journal_lines",
        "base_sap_s4hana__subledger_items",
        "int_sap_s4hana__entities_conformed",
        "int_sap_s4hana__cost_centres_conformed",
        "int_sap_s4hana__journal_lines_conformed",
        "int_sap_s4hana__control_totals_conformed",
        "int_sap_s4hana__subledger_items_conformed",
        "int_sap_s4hana__billing_invoices_conformed",
    }


@pytest.fixture(scope="module")
def copied(built: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A copy of the project to change, and one of what was built."""
    folder = tmp_path_factory.mktemp("drifting")
    shutil.copytree(DBT_PROJECT, folder / "project", ignore=shutil.ignore_patterns("target", "logs"))
    shutil.copytree(built, folder / "work")
    return folder / "project", folder / "work"


@pytest.mark.parametrize(
    ("written", "drifted"),
    [
        ("lines.line_text,", "lines.line_text as text_of_line,"),
        # Each parses the changed project, which takes a while.
        pytest.param(
            "lines.amount_local,", "cast(lines.amount_local as double) as amount_local,", marks=pytest.mark.slow
        ),
        pytest.param(
            "lines.amount_local,", "cast(lines.amount_local as decimal(28, 2)) as amount_local,", marks=pytest.mark.slow
        ),
    ],
    ids=["renamed", "a float", "fewer decimals"],
)
def test_a_column_that_drifts_from_its_contract_fails_the_build(
    copied: tuple[Path, Path], written: str, drifted: str
) -> None:
    project, work = copied
    original = (DBT_PROJECT / JOURNAL_LINES).read_text()
    assert written in original
    (project / JOURNAL_LINES).write_text(original.replace(written, drifted))
    result = dbt(project, work, "run", "--select", JOURNAL_LINES.stem)
    assert result.returncode != 0
    assert "contract" in result.stdout
