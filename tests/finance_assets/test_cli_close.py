"""A month is closed on the command line, with only what the screen and `--help` say."""

from __future__ import annotations

import getpass
import json
from datetime import date
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from finance_assets.cli import main
from finance_assets.control import decisions
from finance_assets.lib.night import begin_night
from finance_assets.lib.settings import COMPANY_VARIABLE, DATA_DIR_VARIABLE, Settings
from tests.finance_assets.control.test_exceptions import MONDAY, found

ANN, BOB = "ann@acme.example", "bob@acme.example"
AUGUST = date(2026, 8, 1)
ITEM_COLUMNS = (
    "item_kind, item_name, exception_id, module, entity_code, period_month, is_passed, blocks, readiness, "
    "readiness_rank, owner, description, amount, currency_code"
)
ITEMS = f"""
    create table marts.mart_close__period_items as select * from (values
        ('control', 'ledger', null, 'GL', '1010', date '2026-08-01', true, false, 'ready', 1, null,
            'Ledger: ties', 0.00, 'EUR'),
        ('exception', 'invoice_not_posted', 'id-A', 'GL', '1010', date '2026-08-01', false, true, 'blocked', 3,
            '{BOB}', 'Not posted: A', 100.10, 'EUR'),
        ('control', 'ledger', null, 'GL', '2010', date '2026-08-01', false, true, 'blocked', 3, '{ANN}',
            'Ledger: 1 open', 7.00, 'EUR')
    ) as items ({ITEM_COLUMNS})
"""
BOARD = """
    create table marts.mart_close__board as
    select entity_code, 'Entity' as entity_name, module, period_month, 'EUR' as group_currency,
        count(*) filter (where item_kind = 'control') as control_count,
        count(*) filter (where item_kind = 'control' and is_passed) as controls_passed
    from marts.mart_close__period_items group by all
"""
FIGURES = """
    create table reconciliation.fct_period_figures as
    select '1010' as entity_code, 'GL' as module, date '2026-08-01' as period_month, '110000' as figure_key,
        'EUR' as currency_code, 5::decimal(28, 4) as amount_debit, 0::decimal(28, 4) as amount_credit,
        5::decimal(28, 4) as amount_closing
"""
CHANGES = """
    create table reconciliation.signed_figure_changes (
        entity_code varchar, module varchar, period_month date, figure_key varchar, currency_code varchar,
        amount_debit_signed decimal(28, 4), amount_credit_signed decimal(28, 4), amount_closing_signed decimal(28, 4),
        amount_debit_now decimal(28, 4), amount_credit_now decimal(28, 4), amount_closing_now decimal(28, 4)
    )
"""
MONTHS = """
    create table reconciliation.exception_months (
        exception_id varchar, entity_code varchar, period_month date, amount_at_risk_group decimal(28, 4)
    )
"""


@pytest.fixture
def finance(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A company that has published one night: an exception blocks August of 1010, a control that of 2010."""
    monkeypatch.setenv(COMPANY_VARIABLE, str(settings.company.path))
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(settings.data_dir.root))
    monkeypatch.setenv("FINANCE_USER", ANN)
    with begin_night(settings, "run-1", MONDAY) as night:
        night.store.sync_exceptions("run-1", MONDAY, [found("A", "100.10")])
    published = settings.data_dir.published
    published.mkdir(parents=True)
    (published / "manifest.json").write_text(json.dumps({"run_id": "run-1", "as_of": MONDAY.isoformat()}))
    with duckdb.connect(str(settings.data_dir.published_file)) as connection:
        connection.execute("create schema marts; create schema reconciliation")
        for statement in (ITEMS, BOARD, FIGURES, CHANGES, MONTHS):
            connection.execute(statement)
    return settings


def call(*words: str) -> Result:
    return CliRunner().invoke(main, ["close", *words], env={"COLUMNS": "300"})


def told(*words: str) -> str:
    """What a command that succeeds says."""
    result = call(*words)
    assert result.exit_code == 0, result.output
    return result.output


def asked(*words: str) -> Any:
    """What a command that succeeds says to a machine."""
    return json.loads(told(*words, "--json"))


def refused(*words: str) -> str:
    """What a command that is refused says."""
    result = call(*words)
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    return result.output


def waive(settings: Settings) -> None:
    """Ann asks to accept the exception, Bob approves."""
    store = settings.open_store()
    store.decide("id-A", lambda row, as_of: decisions.assign(row, ANN, as_of, ANN))
    store.decide("id-A", lambda row, as_of: decisions.request_waiver(row, ANN, as_of, "small", date(2026, 12, 31)))
    store.decide("id-A", lambda row, as_of: decisions.approve_waiver(row, BOB, as_of))
    store.close()


def test_help_teaches_the_way_of_a_month() -> None:
    help_of_all = told("--help")
    assert "open → soft_closed (signed) → closed" in help_of_all
    for command in ("board", "show", "sign", "approve", "reopen", "history"):
        assert command in help_of_all
        assert "--json" in told(command, "--help")


def test_the_board_names_what_blocks_and_whose_it_is(finance: Settings) -> None:
    rows = {row["entity_code"]: row for row in asked("board")}
    assert (rows["1010"]["readiness"], rows["1010"]["blocking_owners"]) == ("blocked", BOB)
    assert (rows["1010"]["amount_at_risk_group"], rows["1010"]["controls_passed"]) == ("100.10", 1)
    assert (rows["2010"]["readiness"], rows["2010"]["blocking_owners"]) == ("blocked", ANN)
    assert "finance close show ENTITY MONTH" in told("board")
    assert [row["entity_code"] for row in asked("board", "--entity", "2010")] == ["2010"]
    assert asked("board", "--month", "2026-07") == []


def test_a_month_is_signed_once_what_blocked_it_is_accepted_by_two(finance: Settings) -> None:
    assert f"id-A Not posted: A ({BOB})" in refused("sign", "1010", "2026-08")
    waive(finance)
    assert {row["entity_code"]: row["readiness"] for row in asked("board")} == {"1010": "ready", "2010": "blocked"}
    assert "finance close approve 1010 2026-08" in told("sign", "1010", "2026-08")
    assert "has signed it and cannot approve it" in refused("approve", "1010", "2026-08")
    closed = asked("approve", "1010", "2026-08", "--user", BOB, "--reason", "ties")
    assert (closed["status"], closed["signed_by"], closed["approved_by"]) == ("closed", ANN, BOB)
    assert [row["entity_code"] for row in asked("board")] == ["2010"], "a closed month waits for nobody"
    assert len(asked("board", "--all")) == 2
    told("reopen", "1010", "2026-08", "--reason", "an accrual is missing")
    history = asked("history", "1010", "2026-08")
    assert {line["login"] for line in history} == {getpass.getuser()}
    assert [(line["event"], line["decided_by"]) for line in history] == [
        ("signed", ANN),
        ("approved", BOB),
        ("reopened", ANN),
    ]


def test_an_exception_whose_waiver_was_ended_blocks_before_a_night_has_seen_it(finance: Settings) -> None:
    """It was waived when the night published: the published months that it is about know nothing of it."""
    waive(finance)
    with duckdb.connect(str(finance.data_dir.published_file)) as connection:
        connection.execute("delete from marts.mart_close__period_items where exception_id = 'id-A'")
        for month in ("2026-07-01", "2026-08-01"):
            connection.execute("insert into reconciliation.exception_months values ('id-A', '1010', ?, 50.05)", [month])
    store = finance.open_store()
    assert "id-A" not in [item["exception_id"] for item in asked("show", "1010", "2026-08")["items"]]
    store.decide("id-A", lambda row, as_of: decisions.end_waiver(row, BOB, as_of, "too much by now"))
    store.close()
    for month in ("2026-07", "2026-08"):
        [item] = [item for item in asked("show", "1010", month)["items"] if item["exception_id"] == "id-A"]
        assert item["blocks"] and item["amount"] == "50.0500"
    assert "its waiver has ended since the last night" in refused("sign", "1010", "2026-08")


def test_show_tells_the_controls_the_exceptions_and_the_next_step(finance: Settings) -> None:
    shown = told("show", "1010", "2026-08")
    assert "Ledger: ties" in shown and "Not posted: A" in shown and "1 things block the close" in shown
    waive(finance)
    assert "finance close sign 1010 2026-08" in told("show", "1010", "2026-08")
    told("sign", "1010", "2026-08")
    assert asked("show", "1010", "2026-08")["status"] == "soft_closed"


def test_what_is_not_there_is_named(finance: Settings) -> None:
    assert "no books GL of 9999 for 2026-08" in refused("show", "9999", "2026-08")
    assert "nothing to sign" in refused("sign", "9999", "2026-08")
    assert "is not a month such as 2026-09" in call("show", "1010", "August").output


def test_what_is_out_of_turn_is_refused_with_the_command_of_what_is_allowed(finance: Settings) -> None:
    assert "what is allowed now: sign\n  finance close sign 1010 2026-08 --module AR\n" in refused(
        "approve", "1010", "2026-08", "--module", "AR"
    )
    assert "finance close sign '*' 2026-08\n" in refused("reopen", "*", "2026-08", "--reason", "why")
