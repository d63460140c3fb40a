"""An adjustment is made on the command line: proposed, approved by somebody else, seen with and without."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from finance_assets.cli import main
from finance_assets.control import periods
from finance_assets.control.periods import FIGURE, Period
from finance_assets.lib.settings import COMPANY_VARIABLE, DATA_DIR_VARIABLE, Settings

ANN, BOB = "ann@acme.example", "bob@acme.example"
PUBLISHED = """
    create schema canonical;
    create schema marts;
    create table canonical.dim_entities as from (values ('1010', 'jan_dec')) t (entity_code, fiscal_calendar);
    create table canonical.dim_fiscal_periods as from (values
        ('jan_dec', 2026, 9, date '2026-09-01', date '2026-09-30', false, date '2026-09-01'),
        ('jan_dec', 2026, 10, date '2026-10-01', date '2026-10-31', false, date '2026-10-01'),
        ('jan_dec', 2026, 13, date '2026-09-30', date '2026-09-30', true, date '2026-09-01')
    ) t (fiscal_calendar, fiscal_year, fiscal_period, period_start_date, period_end_date, is_special, calendar_month);
    create table canonical.fct_adjustment_lines as from (values ('OLD')) t (adjustment_code);
    create table canonical.fct_trial_balances as select '1010' as entity_code, '0L' as ledger_code,
        'EUR' as local_currency;
    create table canonical.map_group_accounts as from (values ('520000'), ('240000')) t (group_account_code)
        cross join (select date '2024-01-01' as valid_from, date '9999-12-31' as valid_to);
    create table marts.mart_close__adjusted_balances as from (values
        ('1010', date '2026-09-01', '0L', 2026, 9, '520000', 'Wages', 'EUR', 10.50::decimal(28, 4),
            100.00::decimal(28, 4), 10.50::decimal(28, 4), 110.50::decimal(28, 4)),
        ('1010', date '2026-09-01', '0L', 2026, 9, '111000', 'Cash', 'EUR', 0::decimal(28, 4),
            100.00::decimal(28, 4), 0::decimal(28, 4), 100.00::decimal(28, 4))
    ) t (entity_code, calendar_month, ledger_code, fiscal_year, fiscal_period, group_account_code, group_account_name,
        local_currency, amount_period_adjustment_local, amount_closing_local, amount_closing_adjustment_local,
        amount_closing_adjusted_local);
"""
JOURNAL = (
    "propose", "A", "--entity", "1010", "--ledger", "0L", "--on", "2026-09-30", "--back", "2026-10-01",
    "--line", "520000=1,010.50", "--line", "240000=-1010.50", "--reason", "bonus",
)  # fmt: skip


@pytest.fixture
def file(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The adjustments of a company with published books."""
    monkeypatch.setenv(COMPANY_VARIABLE, str(settings.company.path))
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(settings.data_dir.root))
    monkeypatch.setenv("FINANCE_USER", ANN)
    settings.data_dir.published.mkdir(parents=True)
    with duckdb.connect(str(settings.data_dir.published_file)) as connection:
        connection.execute(PUBLISHED)
    path = settings.company.mappings / "adjustments.csv"
    path.write_text(
        "adjustment_code,line_number,entity_code,ledger_code,group_account_code,amount_local,local_currency,valid_from,"
        "valid_to,proposed_by,approved_by,reason\n"
    )
    return path


def call(*words: str) -> Result:
    return CliRunner().invoke(main, ["adjustments", *words], env={"COLUMNS": "300"})


def told(*words: str) -> str:
    result = call(*words)
    assert result.exit_code == 0, result.output
    return result.output


def asked(*words: str) -> Any:
    return json.loads(told(*words, "--json"))


def test_help_teaches_the_way_of_an_adjustment() -> None:
    assert "has proposed it and another one" in " ".join(told("--help").split())
    for command in ("list", "propose", "approve", "reject", "reverse", "effect"):
        assert command in told("--help") and "--json" in told(command, "--help")


def test_from_the_proposal_to_the_history(file: Path) -> None:
    assert "1,010.50 EUR in 2 lines" in told(*JOURNAL)
    assert "nobody yet" in told("list") and asked("list")[0]["amount_local"] == "1010.50"
    assert "cannot approve it" in call("approve", "A").output
    assert "taken back on 2026-10-01" in told("approve", "A", "--user", BOB)
    assert [row["approved_by"] for row in asked("list")] == [BOB, BOB]
    history = CliRunner().invoke(main, ["mappings", "history"], env={"COLUMNS": "300"}).output
    assert history.count("proposed") == 2 and "520000 1010.50 EUR" in history


def test_a_rejected_journal_is_gone_from_the_file(file: Path) -> None:
    told(*JOURNAL)
    told("reject", "A", "--user", BOB, "--reason", "it is in the ERP already")
    assert asked("list") == []


def test_the_effect_shows_what_changes_and_nothing_else(file: Path) -> None:
    [row] = asked("effect", "1010", "2026-09")["published"]
    assert (row["group_account_code"], row["amount_closing_local"], row["amount_closing_adjusted_local"]) == (
        "520000", "100.0000", "110.5000",
    )  # fmt: skip
    assert "110.50" in told("effect", "1010", "2026-09")


def test_what_the_next_night_adds_is_shown_before_it_and_told_from_the_figures(file: Path) -> None:
    assert "Adjustments change no published balance of 1010 in 2026-10." in told("effect", "1010", "2026-10")
    told(*JOURNAL)
    proposed = told("effect", "1010", "2026-09")
    assert "Not yet in the figures" in proposed and "nobody has approved it" in proposed
    told("approve", "A", "--user", BOB)
    assert f"approved by {BOB}" in told("effect", "1010", "2026-09")
    wages, accrual = asked("effect", "1010", "2026-09")["to_come"]
    assert (wages["amount_closing_published"], wages["amount_closing_to_come"]) == ("110.5000", "1121.0000")
    assert (accrual["amount_closing_published"], accrual["amount_closing_to_come"]) == ("0.0000", "-1010.5000")
    assert asked("effect", "1010", "2026-10") == {"published": [], "to_come": []}, "it is taken back by its end"
    file.write_text(file.read_text().replace("A,", "OLD,"))
    assert asked("effect", "1010", "2026-09")["to_come"] == [], "what is published is in the figures already"


def sign(month: date, *, approver: str | None = None) -> None:
    """Sign a month of 1010 in Ann's name, and close it in the approver's."""
    store, period = Settings.from_environment().open_store(), Period("1010", "GL", month)
    store.begin_run(f"run-{month}", "acme", month, "v1")
    figures = [dict.fromkeys(FIGURE, "0")]
    store.decide_period(period, f"run-{month}", lambda state: periods.sign(state, ANN, month, None, figures, []))
    if approver:
        store.decide_period(period, f"run-{month}", lambda state: periods.approve(state, approver, month, None, []))
    store.close()


def test_an_adjustment_of_a_signed_month_says_whose_signature_it_takes(file: Path) -> None:
    sign(date(2026, 9, 1), approver=BOB)
    sign(date(2026, 10, 1))
    for said in (told(*JOURNAL), told("approve", "A", "--user", BOB)):
        assert f"1010 2026-09 GL is closed by {BOB}: the night that posts it takes that signature away." in said
        assert f"1010 2026-10 GL is signed by {ANN}: the night that takes it back takes that signature away." in said


def test_what_is_approved_is_not_rejected_but_taken_back_by_a_journal_of_its_own(file: Path) -> None:
    told(*JOURNAL)
    assert "not approved" in call("reverse", "A", "--reason", "wrong").output
    told("approve", "A", "--user", BOB)
    refusal = call("reject", "A", "--reason", "wrong").output
    assert f"is approved by {BOB}" in refusal and 'finance adjustments reverse A --reason "…"' in refusal
    assert "Adjustment A-REVERSED of 1010, 1,010.50 EUR in 2 lines" in told("reverse", "A", "--reason", "wrong")
    assert "cannot approve it" in call("approve", "A-REVERSED").output
    told("approve", "A-REVERSED", "--user", BOB)
    lines = asked("list")
    together = {account: sum(Decimal(row["amount_local"]) for row in lines if row["group_account_code"] == account)
                for account in ("520000", "240000")}  # fmt: skip
    assert together == {"520000": 0, "240000": 0}
    assert {(row["valid_from"], row["valid_to"]) for row in lines} == {("2026-09-30", "2026-10-01")}
    assert "exists already" in call("reverse", "A", "--reason", "again").output


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (("--entity", "9999"), "entity 9999 keeps no books here"),
        (("--ledger", "2L"), "keeps no ledger 2L; it keeps 0L"),
        (("--line", "520000=0.01"), "does not sum to 0"),
        (("--line", "999999=1", "--line", "240000=-1"), "no account 999999 on 2026-09-30"),
        (("--line", "520000"), "is not ACCOUNT=AMOUNT"),
        (("--line", "520000=nan"), "is not ACCOUNT=AMOUNT"),
    ],
)
def test_bad_input_is_named(file: Path, change: tuple[str, ...], refusal: str) -> None:
    assert refusal in call(*JOURNAL, *change).output
    assert asked("list") == []
