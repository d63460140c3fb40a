"""The command line: it teaches, it answers people and machines, and it names what a person can mend."""

from __future__ import annotations

import json
import os
import socket
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from click.testing import CliRunner, Result

from finance_assets.cli import main
from finance_assets.cli.sandbox import URL_VARIABLE, use_sandbox
from finance_assets.control.store import SourceStatus, SuiteResult
from finance_assets.lib.night import begin_night
from finance_assets.lib.settings import COMPANY_VARIABLE, DATA_DIR_VARIABLE, Settings
from tests.finance_assets.control.test_exceptions import MONDAY, found


@pytest.fixture
def finance(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The company's settings as a user gives them, in the environment."""
    monkeypatch.setenv(COMPANY_VARIABLE, str(settings.company.path))
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(settings.data_dir.root))
    return settings


@pytest.fixture
def after_a_night(finance: Settings) -> Settings:
    """The company after a night that published by hand: one source stale, one gate, two exceptions."""
    with begin_night(finance, "run-1", MONDAY) as night:
        night.store.record_source_status(
            "run-1",
            [
                SourceStatus("ecb", "ecb", "current", MONDAY, 0, "ecb-1", 28782, 40, None),
                SourceStatus("ecb_mirror", "ecb", "absent", None, None, None, 0, 0, "the line went dead"),
            ],
        )
        night.store.record_close_gate("run-1", [SuiteResult("reconciliation.fct_close_status", 3, True)])
        night.store.sync_exceptions("run-1", MONDAY, [found("A", "100.10"), found("B", "2000.00")])
        night.store.record_outcome("run-1", "degraded", "ecb_mirror is absent")
    published = finance.data_dir.published
    published.mkdir(parents=True)
    with duckdb.connect(str(finance.data_dir.published_file)) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.sales as select 'DE' as country, 10.50::decimal(28,4) as amount")
    return finance


def call(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def test_help_teaches_the_exit_codes() -> None:
    told = call("run", "--help").output
    assert "10  degraded" in told and "20  closed" in told


def test_status_before_the_first_run_says_how_to_start(finance: Settings) -> None:
    result = call("status")
    assert result.exit_code == 1
    assert "finance run" in result.output


def test_status_for_a_controller(after_a_night: Settings) -> None:
    told = call("status").output
    assert "DEGRADED" in told and "the line went dead" in told and "28,782" in told
    assert "invoice_not_posted" in told and "2,100.10" in told


def test_status_for_machines(after_a_night: Settings) -> None:
    status = json.loads(call("status", "--json").output)
    assert (status["run_id"], status["outcome"], status["as_of"]) == ("run-1", "degraded", "2026-09-28")
    assert [system["state"] for system in status["systems"]] == ["current", "absent"]
    assert [(gate["gate"], gate["is_passed"]) for gate in status["gates"]] == [("close", True)]
    assert status["exceptions"] == [
        {
            "type": "invoice_not_posted",
            "open": 2,
            "overdue": 0,
            "amount_at_risk_group": "2100.10",
            "group_currency": "EUR",
        }
    ]


def test_exceptions_come_largest_first_with_exact_amounts(after_a_night: Settings) -> None:
    listed = json.loads(call("exceptions", "list", "--json").output)
    assert [row["natural_key"] for row in listed] == ["billing|B", "billing|A"]
    assert Decimal(listed[1]["amount_at_risk_group"]) == Decimal("100.10")
    assert json.loads(call("exceptions", "list", "--type", "unmapped_account", "--json").output) == []


def test_query_answers_in_three_forms(after_a_night: Settings) -> None:
    assert json.loads(call("query", "--json", "from marts.sales").output) == [{"country": "DE", "amount": "10.5000"}]
    assert call("query", "--csv", "from marts.sales").output == "country,amount\nDE,10.5000\n"
    assert "10.50" in call("query", "from marts.sales").output


def test_what_stands_in_brackets_is_shown(after_a_night: Settings) -> None:
    assert '["ann", "bob"]' in call("query", """select '["ann", "bob"]' as people""").output


def test_query_cannot_write(after_a_night: Settings) -> None:
    result = call("query", "delete from marts.sales")
    assert result.exit_code == 1 and "read-only" in result.output


def test_a_wrong_key_in_the_company_file_is_named(finance: Settings) -> None:
    finance.company.path.write_text(finance.company.path.read_text().replace("group_currency", "group_curency"))
    result = call("status")
    assert result.exit_code == 1
    assert "unknown key 'group_curency'" in result.output and str(finance.company.path) in result.output


def test_an_unknown_system_is_named_before_anything_starts(finance: Settings) -> None:
    result = call("run", "--system", "sap")
    assert result.exit_code == 1 and "there is no system or instance 'sap'" in result.output


def test_a_day_that_is_none_is_named(finance: Settings) -> None:
    result = call("run", "--as-of", "30.09.2026")
    assert result.exit_code == 2 and "is not a date such as 2026-09-30" in result.output


def test_a_port_that_is_taken_is_named(finance: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = call("ui", "--port", str(port))
    assert result.exit_code == 1 and f"port {port} is taken" in result.output


def test_a_company_without_a_sandbox_has_no_truth(finance: Settings, tmp_path: Path) -> None:
    result = call("sandbox", "truth")
    assert result.exit_code == 1 and "has no `sandbox:` block" in result.output


def test_status_says_who_waits_for_a_source_and_what_was_never_published(after_a_night: Settings) -> None:
    row = {
        "source_instance": "ecb_mirror", "age_days": None, "phase": "close", "max_age_days": 1,
        "source_owner": "Group Treasury", "action_taken": "hold",
    }  # fmt: skip
    manifest = {
        "run_id": "run-1", "as_of": "2026-09-28", "content_hash": "x",
        "degradation": [{**row, "consumer": "marts_close"}, {**row, "consumer": "plan_submission"}],
        "withheld": {"marts.mart_close__statements": "ecb_mirror absent"},
    }  # fmt: skip
    (after_a_night.data_dir.published / "manifest.json").write_text(json.dumps(manifest))
    with duckdb.connect(str(after_a_night.data_dir.published_file)) as connection:
        connection.execute("create schema reconciliation")
        connection.execute(
            "create table reconciliation.fct_reconciliations (reconciliation_name varchar, outcome varchar, "
            "natural_key varchar, group_currency varchar);"
            "create table reconciliation.fct_exceptions (reconciliation_name varchar, "
            "amount_at_risk_group decimal(28, 4))"
        )
    told = call("status").output
    [line] = [line for line in told.splitlines() if "marts_close, plan_submission" in line]
    assert all(word in line for word in ("ecb_mirror", "never loaded", "close", "hold", "Group Treasury"))
    assert "Held, and never published before: marts.mart_close__statements" in told
    assert json.loads(call("status", "--json").output)["degradation"] == manifest["degradation"]


def test_status_tells_an_open_difference_once_and_apart_from_what_is_only_a_matter_of_time(
    after_a_night: Settings,
) -> None:
    manifest = {"run_id": "run-1", "as_of": "2026-09-28", "content_hash": "x"}
    (after_a_night.data_dir.published / "manifest.json").write_text(json.dumps(manifest))
    with duckdb.connect(str(after_a_night.data_dir.published_file)) as connection:
        connection.execute(
            """
            create schema reconciliation;
            create table reconciliation.fct_reconciliations as from (values
                ('affiliates', 'matched', null, 'EUR'), ('affiliates', 'timing', null, 'EUR'),
                ('affiliates', 'missing_right', 'C1', 'EUR'), ('affiliates', 'missing_right', 'C1', 'EUR'),
                ('plan', 'matched', null, 'EUR')
            ) t(reconciliation_name, outcome, natural_key, group_currency);
            create table reconciliation.fct_exceptions as from (values
                ('affiliates', 150.25::decimal(28, 4)), (null, 7)
            ) t(reconciliation_name, amount_at_risk_group);
            """
        )
    affiliates, plan = json.loads(call("status", "--json").output)["reconciliations"]
    counts = ("items", "items_tied", "items_in_time", "items_differing", "exceptions")
    assert [affiliates[name] for name in counts] == [4, 1, 1, 2, 1]
    assert affiliates["amount_at_risk_group"] == "150.2500"
    assert [plan[name] for name in counts] == [1, 1, 0, 0, 0]
    assert plan["amount_at_risk_group"] == "0.0000"


def test_a_system_that_the_sandbox_does_not_serve_keeps_its_own_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (URL_VARIABLE, "ACME_KEY", "BILLING_KEY"):
        monkeypatch.delenv(name, raising=False)
    instances = {
        "acme": SimpleNamespace(system="acme", credentials={"api_key": "ACME_KEY"}),
        "billing": SimpleNamespace(system="stripe", credentials={"api_key": "BILLING_KEY"}),
    }
    process = SimpleNamespace(wait_until_served=lambda: "http://127.0.0.1:1")
    use_sandbox(SimpleNamespace(instances=instances), process)
    assert os.environ.pop(URL_VARIABLE) == "http://127.0.0.1:1" and os.environ.pop("BILLING_KEY")
    assert "ACME_KEY" not in os.environ


@pytest.fixture
def described(after_a_night: Settings) -> Settings:
    """The published night, with what its table and one of its columns mean."""
    with duckdb.connect(str(after_a_night.data_dir.published_file)) as connection:
        connection.execute("comment on table marts.sales is 'Sold goods by country. Grain: one row per country.'")
        connection.execute("comment on column marts.sales.amount is 'Net of tax.'")
        connection.execute("create table marts.orders as select 1 as order_number")
    facts = {"schema": "marts", "name": "sales", "rows": 1, "data_status": "held", "data_status_detail": "crm is late"}
    (after_a_night.data_dir.published / "manifest.json").write_text(
        json.dumps({"as_of": "2026-09-28", "run_id": "run-1", "tables": [{**facts, "as_of": "2026-09-27"}]})
    )
    return after_a_night


def test_tables_are_found_by_what_they_mean(described: Settings) -> None:
    told = call("tables").output
    assert "Sold goods by country" in told and "Grain" not in told and "marts.orders" in told
    [orders, sales] = json.loads(call("tables", "--json").output)
    assert (orders["name"], sales["rows"], sales["data_status"]) == ("marts.orders", 1, "held")
    for pattern in ("sold GOODS", "sales", "marts.sales"):
        found = json.loads(call("tables", pattern, "--json").output)
        assert [(column["name"], column["description"]) for column in found["columns"]] == [
            ("country", None),
            ("amount", "Net of tax."),
        ]
    told = call("tables", "marts.sales").output
    assert "Net of tax." in told and "crm is late" in told and "Grain: one row per country" in told


def test_a_table_that_is_not_there_has_neighbours(described: Settings) -> None:
    result = call("tables", "marts.slaes")
    assert result.exit_code == 1 and "marts.sales" in result.output
    for sql in ("from marts.slaes", "select amonut from marts.sales"):
        assert "finance tables" in call("query", sql).output


def test_a_publication_that_says_nothing_of_traces_is_renewed_by_the_next_night(described: Settings) -> None:
    result = call("trace", "document", "1")
    assert result.exit_code == 1 and "finance run" in result.output
