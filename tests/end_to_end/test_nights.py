"""Whole nights of the sandbox company: truth to the cent, seeded errors, repetition, outages, kills, closed gates."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from dlt_sources.sandbox.company import Snapshot, build_world, news
from dlt_sources.sandbox.company.bank import BANKS
from dlt_sources.sandbox.company.payroll import OFFICES
from dlt_sources.sandbox.drops import drop_files
from dlt_sources.sandbox.serve import RunningSandbox, serve
from dlt_sources.sandbox.servers.context import DEMO_CREDENTIALS
from tests.end_to_end.conftest import (
    EXIT_DEGRADED,
    EXIT_FAILED,
    EXIT_GATE_CLOSED,
    SCALE,
    Platform,
    sandbox_platform,
)


@pytest.mark.slow
def test_the_clean_company_is_met_to_the_cent_without_an_exception(clean_company: Platform):
    score = clean_company.score()
    off = {kind["kind"]: kind["differences"] for kind in score["figure_kinds"] if kind["figures_off"]}
    assert score["figures"] > 1000 and off == {}
    assert clean_company.query("select * from control.exceptions where status = 'open'") == []


def test_every_seeded_error_is_found_with_its_owner_and_amount(errors_company: Platform):
    score = errors_company.score()
    wrong = [
        row
        for row in score["classes"]
        if not row["seeded"] == row["found"] == row["owner_right"] == row["amount_right"] or row["false"]
    ]
    assert wrong == []
    assert len(score["classes"]) >= 14 and score["figures_off"] == 0
    assert score["recall"] >= 0.99 and score["precision"] >= 0.95


def test_the_same_night_twice_is_the_same_content_and_no_second_item(errors_company: Platform):
    items = "select exception_id, status, first_seen, last_seen from control.exceptions order by 1"
    first_hash, first_items = _status(errors_company)["published"]["content_hash"], errors_company.query(items)
    again = errors_company.run()
    assert again["published"]["content_hash"] == first_hash
    assert errors_company.query(items) == first_items


def test_published_rows_lead_back_to_landed_rows(errors_company: Platform):
    """Every ledger line names the load that brought it, and that load holds a row of its key."""
    data = errors_company.folder / "data"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{data / 'published' / 'finance.duckdb'}' as published (read_only)")
        connection.execute(f"attach '{data / 'landing' / 'sap_group.duckdb'}' as landing (read_only)")
        lines, unresolved = connection.execute(
            """
            select count(*), count(*) filter (where landed."AccountingDocument" is null)
            from published.canonical.fct_journal_lines as lines
            left join landing.land_sap_group.journal_lines as landed
                on lines.load_id = landed._load_id
                and lines.source_entity_id = landed."CompanyCode"
                and lines.fiscal_year = landed."FiscalYear"::int
                and ltrim(lines.document_number, '0') = ltrim(landed."AccountingDocument", '0')
                and ltrim(lines.line_number, '0') = ltrim(landed."LedgerGLLineItem", '0')
                and lines.ledger_code = landed."Ledger"
            """
        ).fetchone()
    assert lines > 1000 and unresolved == 0


def test_an_exception_is_traced_to_its_documents_and_a_balance_to_its_postings(errors_company: Platform):
    [row, *_] = errors_company.query(
        "select exception_id from marts.mart_control__exceptions where exception_type = 'invoice_not_posted'"
    )
    found = _traced(errors_company, "exception", row["exception_id"])
    steps = [hop["step"] for hop in found["hops"]]
    assert "Invoice" in steps and "Receivable item" not in steps
    assert ("Invoice", "Receivable item") in {(each["after"], each["missing"]) for each in found["not_yet"]}
    assert {load["status"] for load in found["loads"]} == {"accepted"}
    [document] = errors_company.query(
        "select any_value(left_key) as invoice from reconciliation.fct_reconciliations "
        "where reconciliation_name = 'billing_to_erp' and outcome = 'matched' and left_instance = 'billing_group'"
    )
    chain = _traced(errors_company, "document", document["invoice"])
    assert {"Opportunity", "CRM contract", "Subscription", "Invoice", "Receivable item", "Journal line"} <= {
        hop["step"] for hop in chain["hops"]
    }
    [paid_out] = errors_company.query(
        "select min(payments.invoice_number) as invoice from canonical.fct_payments as payments "
        "inner join canonical.fct_bank_transactions as movements "
        "on payments.source_payout_id = movements.end_to_end_id where payments.payment_type = 'charge'"
    )
    chain = _traced(errors_company, "document", paid_out["invoice"])
    assert {"Invoice line", "Payment", "Bank movement"} <= {hop["step"] for hop in chain["hops"]}
    movements = {row["date"] for hop in chain["hops"] if hop["step"] == "Bank movement" for row in hop["rows"]}
    booked = {row["date"] for hop in chain["hops"] if hop["step"] == "Journal line" for row in hop["rows"]}
    assert movements & booked, "the ledger's posting of the payout"
    figure = _traced(errors_company, "figure", "1010", "2026-08", "411000")
    movement = sum(
        Decimal(row["amount_debit_local"]) + Decimal(row["amount_credit_local"]) for row in figure["balances"]
    )
    for parts in ("postings", "documents"):
        assert movement == sum(Decimal(row["amount_local"]) for row in figure[parts]) != 0


@pytest.mark.slow
def test_killed_runs_leave_no_trace_in_the_next(errors_company: Platform, tmp_path: Path):
    """kill -9 in every step, one after the other in one folder, then run: the content of a night never killed."""
    platform = sandbox_platform(tmp_path, scale=SCALE, errors="all")
    for step_before in ("", "accepted", "landing", "exposure", "canonical", "reconciliation", "close_gate", "marts"):
        _run_and_kill_after(platform, step_before, seconds=random.uniform(0, 4))
    report = platform.run()
    assert report["published"]["content_hash"] == _status(errors_company)["published"]["content_hash"]
    assert report["exceptions"] == _status(errors_company)["exceptions"]


def _run_and_kill_after(platform: Platform, step: str, seconds: float) -> None:
    """Start a run and kill it, and all it has started, some seconds after the log says that the step is done."""
    process = subprocess.Popen(
        platform.command("run", "--company", str(platform.company_file), "--json"),
        cwd=platform.folder, env=platform.env(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    told = next((line for line in process.stderr if step in line), None) if step else ""
    assert told is not None, f"the run ended before {step} was done"
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.mark.slow
def test_a_ledger_that_misses_its_control_totals_closes_the_gate_and_readers_keep_the_last_good_file(
    errors_company: Platform, tmp_path: Path
):
    platform = errors_company.copied_to(tmp_path)
    before = _status(platform)["published"]
    with duckdb.connect(str(tmp_path / "data" / "landing" / "sap_group.duckdb")) as connection:
        connection.execute(
            "update land_sap_group.journal_lines set \"AmountInCompanyCodeCurrency\" = '0.00' "
            'where "AccountingDocument" in (select min("AccountingDocument") from land_sap_group.journal_lines)'
        )
        connection.execute("drop schema versions cascade")
    report = platform.run("--system", "ecb", expect=EXIT_GATE_CLOSED)
    assert report["outcome"] == "closed"
    assert report["published"]["content_hash"] == before["content_hash"]


@pytest.mark.slow
def test_rows_lost_after_landing_fail_the_night_and_readers_keep_the_last_good_file(
    errors_company: Platform, tmp_path: Path
):
    platform = errors_company.copied_to(tmp_path)
    before = _status(platform)["published"]
    with duckdb.connect(str(tmp_path / "data" / "landing" / "sap_group.duckdb")) as connection:
        connection.execute(
            'delete from land_sap_group.journal_lines where "AccountingDocument" in '
            '(select min("AccountingDocument") from land_sap_group.journal_lines)'
        )
    report = platform.run("--system", "ecb", expect=EXIT_FAILED)
    assert "rows of journal_lines were landed, but" in report["reason"]
    assert report["published"]["content_hash"] == before["content_hash"]


@pytest.mark.slow
def test_a_row_that_cannot_be_read_is_one_item_until_it_is_corrected(errors_company: Platform, tmp_path: Path):
    platform = errors_company.copied_to(tmp_path)
    items = (
        "select exception_id, natural_key, description, owner, status "
        "from control.exceptions where type = 'rejected_row'"
    )
    orders = tmp_path / "data" / "landing" / "sap_group.duckdb"

    def landed(assignment: str) -> None:
        with duckdb.connect(str(orders)) as connection:
            connection.execute(
                f"update land_sap_group.purchase_orders set {assignment} where "
                '"PurchaseOrder" = (select min("PurchaseOrder") from land_sap_group.purchase_orders)'
            )
            # As if it had come like that.
            connection.execute("drop schema versions cascade")

    with duckdb.connect(str(orders)) as connection:
        number, date_as_sent = connection.execute(
            'select "PurchaseOrder", "PurchaseOrderDate" from land_sap_group.purchase_orders order by 1 limit 1'
        ).fetchone()
    landed("\"PurchaseOrderDate\" = 'Jane Doe, 1 May'")
    platform.run("--system", "ecb")
    [item] = platform.query(items)
    assert item["natural_key"] == f"sap_group|purchase_orders|{number}"
    assert "PurchaseOrderDate does not cast" in item["description"] and "Jane Doe" not in item["description"]
    assert item["owner"] == "platform-operations@meridian.example" and item["status"] == "open"

    platform.run("--system", "ecb")
    assert platform.query(items) == [item], "the same item the night after"

    landed(f"\"PurchaseOrderDate\" = '{date_as_sent}'")
    platform.run("--system", "ecb")
    assert platform.query(items) == [{**item, "status": "cleared"}]


@pytest.fixture
def dropped(tmp_path: Path) -> Path:
    """Where the banks, payroll offices and senders of events of the outside world drop their files."""
    return tmp_path / "dropped"


@pytest.fixture
def outside_world(dropped: Path) -> Iterator[RunningSandbox]:
    """The sandbox company without errors, shown as of the first of September until its clock is moved."""
    world = build_world(7, SCALE)

    def shown(day: date) -> Snapshot:
        snapshot = world.as_of(day, "none")
        for each in (*BANKS, *OFFICES):
            drop_files(snapshot, each.system, each.instance, dropped / each.instance)
        drop_files(snapshot, "events", news.INBOX, dropped / news.INBOX)
        return snapshot

    with serve(shown, as_of=date(2026, 9, 1)) as sandbox:
        yield sandbox


@pytest.fixture
def platform(outside_world: RunningSandbox, dropped: Path, tmp_path: Path) -> Platform:
    """A company that has not run yet, whose systems are the outside world's."""
    company = sandbox_platform(tmp_path, scale=SCALE, errors="none")
    company.environment = {
        "FINANCE_SANDBOX_URL": outside_world.url,
        "FINANCE_SANDBOX_FOLDER": str(dropped),
        **_credentials(company),
    }
    return company


@pytest.mark.slow
def test_a_system_that_dies_at_a_page_is_stale_and_heals_by_itself(
    outside_world: RunningSandbox, platform: Platform, tmp_path: Path
):
    _post(outside_world, "clock", {"as_of": "2026-09-29"})
    platform.run("--as-of", "2026-09-29")
    company = ("--company", str(platform.company_file))
    signed = platform.call("close", "sign", "1010", "2026-09", *company, "--user", "ann")
    assert signed.returncode == 0, signed.stderr

    _post(outside_world, "clock", {"as_of": "2026-09-30"})
    _post(outside_world, "faults", {"label": "dies_at_page:4", "system": "salesforce"})
    night = platform.run("--as-of", "2026-09-30", expect=EXIT_DEGRADED)
    states = {system["source_instance"]: system["state"] for system in night["systems"]}
    assert states.pop("crm_group") == "stale" and set(states.values()) == {"current"}
    status, detail = _label(platform, "marts.mart_revenue__bookings")
    assert status == "degraded" and "crm_group" in detail and "1 day old" in detail
    for mart in ("trial_balances", "income_statements", "balance_sheets"):
        status, _ = _label(platform, f"marts.mart_close__{mart}")
        assert status == "current", f"the ledger does not wait for the CRM: {mart}"
    assert _label(platform, "marts.mart_forecast__pipeline_daily") == (
        "held",
        "as of 2026-09-29: crm_group (salesforce) stale: as of 2026-09-29, 1 day old, "
        "past the 0 days that marts_forecast allows (close)",
    )
    assert "held: marts_forecast, plan_submission" in night["reason"]
    with duckdb.connect(str(tmp_path / "data" / "warehouse" / "build.duckdb"), read_only=True) as connection:
        visible = connection.execute("select distinct recorded_at::date from canonical.fct_opportunities").fetchall()
    assert visible == [(date(2026, 9, 29),)], "nothing of the load that died is visible"

    _clear_faults(outside_world)
    healed = platform.run("--as-of", "2026-09-30")
    assert {system["state"] for system in healed["systems"]} == {"current"}
    # The month went on after it was signed: the signature is void, and somebody has to look.
    [board] = platform.query(
        "select period_status, signed_by, signed_figures_changed > 0 as is_changed from marts.mart_close__board "
        "where entity_code = '1010' and module = 'GL' and period_month = date '2026-09-01'"
    )
    assert board == {"period_status": "reopened", "signed_by": None, "is_changed": True}
    queue = platform.query("select exception_type, natural_key from marts.mart_control__exceptions")
    assert queue == [{"exception_type": "signed_period_changed", "natural_key": "1010|GL|202609"}]
    history = platform.query("select event, changed_by from control.period_history order by change_number")
    assert history == [{"event": "signed", "changed_by": "ann"}, {"event": "voided", "changed_by": "night"}]


@pytest.mark.slow
def test_an_outage_holds_the_forecast_on_business_day_2_and_is_a_label_in_the_middle_of_the_month(
    outside_world: RunningSandbox, platform: Platform
):
    """What the contracts say is done, and undone by the first accepted load; the ledger goes out every night."""
    table = "marts.mart_forecast__pipeline_daily"
    pipeline = f"select * exclude (data_status, data_status_detail) from {table} order by all"
    actions = "select distinct consumer, consumer_action from marts.mart_control__degradation where consumer_action = "
    item = "select status, owner, description from control.exceptions where type = 'source_too_old'"
    platform.run("--as-of", "2026-09-01")
    before = platform.query(pipeline)

    night = _night_without_crm(outside_world, platform, "2026-09-02")
    assert night["reason"] == "crm_group is stale; held: marts_forecast, plan_submission"
    assert [row["consumer"] for row in platform.query(f"{actions} 'hold' order by 1")] == [
        "marts_forecast",
        "plan_submission",
    ]
    assert platform.query(pipeline) == before
    status, detail = _label(platform, table)
    assert status == "held" and detail.startswith("as of 2026-09-01: crm_group (salesforce) stale: as of 2026-09-01")
    expected = {
        "marts.mart_close__trial_balances": "current",
        "canonical.fct_journal_lines": "current",
        "canonical.fct_opportunities": "degraded",
        "reconciliation.fct_reconciliations": "degraded",
        "marts.mart_revenue__bookings": "degraded",
    }
    assert {address: _label(platform, address)[0] for address in expected} == expected
    [found] = platform.query(item)
    assert (found["status"], found["owner"]) == ("open", "platform-operations@meridian.example")
    assert "held: marts_forecast, plan_submission" in found["description"]
    manifest = json.loads((platform.folder / "data" / "published" / "manifest.json").read_text())
    days = {table["name"]: (table["as_of"], table["data_status"]) for table in manifest["tables"]}
    assert days["mart_forecast__pipeline_daily"] == ("2026-09-01", "held")
    assert days["mart_close__trial_balances"] == ("2026-09-02", "current")

    _clear_faults(outside_world)
    _post(outside_world, "clock", {"as_of": "2026-09-14"})
    assert platform.run("--as-of", "2026-09-14")["degradation"] == []
    assert _label(platform, table) == ("current", "")
    assert platform.query(item)[0]["status"] == "cleared"

    night = _night_without_crm(outside_world, platform, "2026-09-15")
    assert night["reason"] == "crm_group is stale; held: plan_submission"
    assert _label(platform, table) == (
        "degraded",
        "crm_group (salesforce) stale: as of 2026-09-14, 1 day old",
    )


def _night_without_crm(outside_world: RunningSandbox, platform: Platform, day: str) -> dict[str, Any]:
    _post(outside_world, "clock", {"as_of": day})
    _post(outside_world, "faults", {"label": "outage", "system": "salesforce"})
    return platform.run("--as-of", day, expect=EXIT_DEGRADED)


def _label(platform: Platform, table: str) -> tuple[str, str]:
    [label] = platform.query(f"select distinct data_status, data_status_detail from {table}")
    return label["data_status"], label["data_status_detail"]


def test_a_wrong_key_in_the_company_file_is_named_with_what_was_meant(tmp_path: Path):
    platform = sandbox_platform(tmp_path)
    platform.company_file.write_text(platform.company_file.read_text().replace("group_currency", "group_curency"))
    done = platform.call("run", "--company", str(platform.company_file))
    assert done.returncode == EXIT_FAILED
    assert "group_curency" in done.stderr and "group_currency" in done.stderr and "Traceback" not in done.stderr


def _traced(platform: Platform, *words: str) -> dict[str, Any]:
    done = platform.call("trace", *words, "--company", str(platform.company_file), "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _status(platform: Platform) -> dict[str, Any]:
    done = platform.call("status", "--company", str(platform.company_file), "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _credentials(platform: Platform) -> dict[str, str]:
    """The demo values under the names that the company file asks for."""
    company = yaml.safe_load(platform.company_file.read_text())
    return {
        variable: DEMO_CREDENTIALS[instance["system"]][name]
        for instance in company["instances"].values()
        for name, variable in instance.get("credentials", {}).items()
    }


def _post(sandbox: RunningSandbox, what: str, body: dict[str, Any]) -> None:
    request = urllib.request.Request(
        f"{sandbox.url}/_sandbox/{what}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.status < 300


def _clear_faults(sandbox: RunningSandbox) -> None:
    with urllib.request.urlopen(urllib.request.Request(f"{sandbox.url}/_sandbox/faults", method="DELETE")) as answer:
        assert answer.status < 300
