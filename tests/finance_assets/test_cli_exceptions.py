"""A controller's morning on the command line, with only what the screen and `--help` say."""

from __future__ import annotations

import getpass
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from finance_assets.cli import main
from finance_assets.control import decisions
from finance_assets.control.exceptions import FoundException
from finance_assets.lib.night import begin_night
from finance_assets.lib.settings import COMPANY_VARIABLE, DATA_DIR_VARIABLE, Settings
from tests.finance_assets.control.test_exceptions import MONDAY, TUESDAY, WEDNESDAY, found

ANN, BOB = "ann@acme.example", "bob@acme.example"


@pytest.fixture
def finance(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The company's settings as a user gives them, in the environment, after a night of two exceptions."""
    monkeypatch.setenv(COMPANY_VARIABLE, str(settings.company.path))
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(settings.data_dir.root))
    monkeypatch.setenv("FINANCE_USER", ANN)
    night(settings, MONDAY, found("A", "100.10", due=TUESDAY), found("B", "2000.00", owner=ANN, due=WEDNESDAY))
    return settings


def night(settings: Settings, as_of: date, *exceptions: FoundException) -> None:
    with begin_night(settings, f"run-of-{as_of}", as_of) as each:
        each.store.sync_exceptions(each.run_id, as_of, exceptions)


def call(*words: str) -> Result:
    return CliRunner().invoke(main, ["exceptions", *words], env={"COLUMNS": "300"})


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


def keys(rows: list[Mapping[str, Any]]) -> list[str]:
    return [row["natural_key"] for row in rows]


def test_help_teaches_the_way_of_an_exception() -> None:
    help_of_all = told("--help")
    assert "open → assigned → resolved, or waived" in help_of_all and "FINANCE_USER" in help_of_all
    for command in ("list", "show", "assign", "comment", "resolve", "waive", "approve", "reject", "reopen", "history"):
        assert command in help_of_all
        assert "--json" in told(command, "--help")


def test_from_the_summary_to_a_cleared_exception_with_only_what_the_screen_says(finance: Settings) -> None:
    summary = CliRunner().invoke(main, ["status"]).output
    assert "finance exceptions list" in summary
    listed = told("list")
    assert "2 exceptions as of 2026-09-28" in listed and "finance exceptions show ID" in listed
    shown = told("show", "id-B")
    assert "Next step  Post it." in shown and "finance exceptions assign id-B" in shown
    assert 'finance exceptions resolve id-B --reason "…"' in told("assign", "id-B")
    assert "the next night clears it" in told("resolve", "id-B", "--reason", "posted as 18000047")
    assert keys(asked("list")) == ["billing|A"], "what is decided shows at once"
    night(finance, TUESDAY, found("A", "100.10"))
    (_, _, _, cleared) = asked("history", "id-B")
    assert (cleared["event"], cleared["as_of"], cleared["run_id"]) == ("cleared", "2026-09-29", "run-of-2026-09-29")
    assert keys(asked("list", "--all")) == ["billing|B", "billing|A"]


def test_lists_are_mine_overdue_of_an_entity_or_waiting_for_approval(finance: Settings) -> None:
    assert keys(asked("list", "--mine")) == ["billing|B"], "owned by me and assigned to nobody"
    assert keys(asked("list", "--mine", "--user", BOB)) == []
    assert keys(asked("list", "--mine", "--user", ANN.upper())) == ["billing|B"]
    told("assign", "id-A", "--to", BOB)
    told("assign", "id-B", "--to", BOB)
    assert keys(asked("list", "--mine")) == []
    assert keys(asked("list", "--mine", "--user", BOB)) == ["billing|B", "billing|A"]
    assert keys(asked("list", "--entity", "2010")) == []
    assert asked("list", "--overdue") == []
    night(finance, TUESDAY, found("A", "100.10"), found("B", "2000.00"))
    (overdue,) = asked("list", "--overdue")
    assert (overdue["natural_key"], overdue["is_overdue"], overdue["age_days"]) == ("billing|A", True, 1)
    listed = told("list")
    assert "2026-09-29 !" in listed and "2026-09-30 ~" in listed
    told("waive", "id-A", "--until", "2026-12-31", "--reason", "agreed")
    assert keys(asked("list", "--to-approve")) == ["billing|A"]
    assert "overdue" in told("show", "id-A")


def test_a_type_that_is_not_there_has_neighbours(finance: Settings) -> None:
    assert "invoice_not_posted" in refused("list", "--type", "invoice_not_postet")
    assert keys(asked("list", "--type", "unmapped_account")) == [], "a type that nothing is of tonight"


def test_a_waiver_takes_two_people(finance: Settings) -> None:
    told("assign", "id-A")
    assert "somebody else approves it" in told("waive", "id-A", "--until", "2026-12-31", "--reason", "agreed")
    assert f"{ANN} asked for this waiver and cannot approve it" in refused("approve", "id-A")
    waived = asked("approve", "id-A", "--user", BOB)
    assert (waived["status"], waived["waiver_requested_by"], waived["waiver_approved_by"]) == ("waived", ANN, BOB)
    assert keys(asked("list")) == ["billing|B"]
    assert f"until 2026-12-31, asked for by {ANN}, approved by {BOB}: agreed" in told("show", "id-A")


def test_a_rejected_waiver_is_in_work_again(finance: Settings) -> None:
    told("assign", "id-A")
    told("waive", "id-A", "--until", "2026-12-31", "--reason", "agreed")
    assert "is assigned to" in told("reject", "id-A", "--user", BOB, "--reason", "too long")
    assert [line["event"] for line in asked("history", "id-A")][-1] == "waiver_rejected"


def test_a_waiver_is_ended_before_its_day_and_the_exception_is_with_whom_it_was(finance: Settings) -> None:
    told("assign", "id-A", "--to", BOB)
    told("waive", "id-A", "--until", "2026-12-31", "--reason", "agreed")
    told("approve", "id-A", "--user", BOB)
    assert f"Nothing until 2026-12-31: it is waived, asked for by {ANN}, approved by {BOB}." in told("show", "id-A")
    assert 'finance exceptions reopen id-A --reason "…"' in told("show", "id-A")
    ended = told("reopen", "id-A", "--reason", "the customer does not pay")
    assert f"is reopened, assigned to {BOB}" in ended and "finance exceptions resolve id-A" in ended
    assert keys(asked("list")) == ["billing|B", "billing|A"]
    night(finance, TUESDAY, found("A", "100.10", due=WEDNESDAY), found("B", "2000.00"))
    again = asked("show", "id-A")["exception"]
    assert (again["status"], again["due_date"]) == ("reopened", "2026-09-30"), "it has a term of its own"
    told("resolve", "id-A", "--reason", "paid", "--user", BOB)


def test_who_decides_what_is_somebody_elses_is_told_so(finance: Settings) -> None:
    told("assign", "id-A", "--to", BOB)
    assert f"It is assigned to {BOB}, not to {ANN}: both are in its history." in told(
        "resolve", "id-A", "--reason", "posted"
    )
    told("assign", "id-B")
    assert "not to" not in told("resolve", "id-B", "--reason", "posted")


def test_what_nobody_has_to_work_says_why_instead_of_a_next_step(finance: Settings) -> None:
    night(finance, TUESDAY, found("A", "100.10"))
    told("comment", "id-B", "thanks")
    shown = told("show", "id-B")
    assert "Nothing: the night of 2026-09-29 (run run-of-2) no longer found it." in shown and "Post it." not in shown


@pytest.fixture
def people(finance: Settings) -> Settings:
    """The company says who may decide: Ann, and Bob, who may also approve. Teams are in its routing."""
    (finance.company.mappings / "people.csv").write_text(
        "user_name,may_approve,valid_from,valid_to,proposed_by,approved_by,reason\n"
        f"{ANN},false,2026-01-01,,hr,ceo,joined\n"
        f"{BOB},true,2026-01-01,,hr,ceo,joined\n"
        "cleo@acme.example,true,2026-01-01,2026-09-28,hr,ceo,has left\n"
        "dora@acme.example,true,2026-01-01,,hr,hr,nobody else has approved it\n"
        "eve@acme.example,true,soon,,hr,ceo,no day\n"
    )
    (finance.company.mappings / "owners.csv").write_text(
        "exception_type,entity_code,owner,valid_from,valid_to,proposed_by,approved_by,reason\n"
        "*,*,ar-team@acme.example,2026-01-01,,hr,ceo,routing\n"
    )
    return finance


def test_an_exception_is_assigned_to_a_person_or_a_team_that_there_is(people: Settings) -> None:
    refusal = refused("assign", "id-A", "--to", "anna@acme.example")
    assert "anna@acme.example is not in people.csv as of 2026-09-28: the nearest names are ann@acme.example" in refusal
    assert asked("assign", "id-A", "--to", "AR-Team@acme.example")["assignee"] == "ar-team@acme.example"
    assert asked("assign", "id-A", "--to", " BOB@acme.example")["assignee"] == BOB, "as the file writes it"


@pytest.mark.parametrize(
    "user", ["mickey.mouse", "cleo@acme.example", "dora@acme.example", "eve@acme.example", "ar-team@acme.example"]
)
def test_nobody_decides_who_is_not_there_has_left_or_was_not_approved(people: Settings, user: str) -> None:
    assert f"{user} is not in people.csv" in refused("comment", "id-A", "hm", "--user", user)
    assert f"{user} is not in people.csv" in refused("assign", "id-A", "--user", user)
    assert {line["changed_by"] for line in asked("history", "id-A")} == {"night"}


@pytest.mark.parametrize(
    "words",
    [
        ("close", "sign", "1010", "2026-09"),
        ("close", "reopen", "1010", "2026-09", "--reason", "why"),
        ("adjustments", "approve", "A"),
        ("mappings", "propose", "accounts", "erp|C|1", "--to", "410000", "--reason", "new"),
        ("mappings", "approve", "accounts", "erp|C|1"),
    ],
)
def test_whatever_is_decided_is_decided_by_who_may(people: Settings, words: tuple[str, ...]) -> None:
    (people.data_dir.published).mkdir(parents=True)
    duckdb.connect(str(people.data_dir.published_file)).close()
    (people.data_dir.published / "manifest.json").write_text('{"run_id": "run-1", "as_of": "2026-09-28"}')
    assert "mickey.mouse is not in people.csv" in CliRunner().invoke(main, [*words, "--user", "mickey.mouse"]).output
    if "approve" in words:
        assert f"{ANN} may decide, but not approve" in CliRunner().invoke(main, list(words)).output


def test_only_who_may_approve_approves(people: Settings) -> None:
    told("assign", "id-A", "--user", BOB)
    told("waive", "id-A", "--until", "2026-12-31", "--reason", "agreed", "--user", BOB)
    assert f"{ANN} may decide, but not approve (people.csv); who may: {BOB}" in refused("approve", "id-A")
    told("reject", "id-A", "--reason", "no")
    told("waive", "id-A", "--until", "2026-12-31", "--reason", "agreed")
    told("approve", "id-A", "--user", BOB.upper())
    assert asked("history", "id-A")[-1]["changed_by"] == BOB


def test_what_is_out_of_turn_is_refused_with_what_is_allowed(finance: Settings) -> None:
    out_of_turn = refused("resolve", "id-A", "--reason", "done")
    assert "what is allowed now: assign, comment\n  finance exceptions assign id-A\n" in out_of_turn
    assert "what is allowed now: assign, comment" in refused("approve", "id-A")
    told("assign", "id-A")
    assert "over already" in refused("waive", "id-A", "--until", "2026-09-28", "--reason", "agreed")
    assert "needs words" in refused("comment", "id-A", "  ")


def test_bad_input_is_named(finance: Settings) -> None:
    assert "2 exceptions begin with 'id-'" in refused("show", "id-")
    assert "no exception has an id that begins with 'x'" in refused("assign", "x")
    late = call("waive", "id-A", "--until", "31.12.2026", "--reason", "agreed")
    assert late.exit_code == 2 and "is not a date such as 2026-09-30" in late.output
    silent = call("resolve", "id-A")
    assert silent.exit_code == 2 and "Missing option '--reason'" in silent.output


@pytest.mark.parametrize(
    ("words", "example"),
    [
        (("exceptions", "waive", "id-A"), "finance exceptions waive 3fa9 --until 2026-12-31 --reason "),
        (("exceptions", "reopen", "id-A"), "finance exceptions reopen 3fa9 --reason "),
        (("exceptions", "assign"), "finance exceptions assign 3fa9"),
        (("close", "reopen", "1010", "2026-08"), "finance close reopen 1010 2026-08 --reason "),
        (("adjustments", "propose", "A"), "finance adjustments propose BONUS-2026-09 --entity 1010 --ledger 0L --on "),
        (("adjustments", "propose", "A"), '--line 520000=125000 --line 240000=-125000 --reason "bonus'),
        (("mappings", "propose", "accounts", "K"), "finance mappings propose accounts "),
    ],
)
def test_what_is_missing_is_shown_by_an_example(words: tuple[str, ...], example: str) -> None:
    result = CliRunner().invoke(main, list(words))
    assert result.exit_code == 2
    assert "For example: " in result.output and example in result.output


def test_who_decides_is_named_or_else_whoever_is_logged_in(finance: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    told("comment", "id-A", "one")
    told("comment", "id-A", "two", "--user", BOB)
    monkeypatch.delenv("FINANCE_USER")
    told("comment", "id-A", "three")
    who = [line["changed_by"] for line in asked("history", "id-A") if line["event"] == "commented"]
    assert who == [ANN, BOB, getpass.getuser()]
    logins = [line["login"] for line in asked("history", "id-A") if line["event"] == "commented"]
    assert logins == [getpass.getuser(), getpass.getuser(), None], "names are trusted, and who gave them is kept"
    assert f"{BOB} (login {getpass.getuser()})" in told("history", "id-A")
    assert "nobody acts without a name" in refused("comment", "id-A", "four", "--user", " ")


def test_show_leads_to_both_sides_and_their_loads(finance: Settings) -> None:
    published = finance.data_dir.published_file
    published.parent.mkdir(parents=True)
    with duckdb.connect(str(published)) as connection:
        connection.execute("create schema reconciliation; create schema marts")
        connection.execute(
            """
            create table marts.mart_control__reconciliation_status as
            select 'billing_to_erp' as reconciliation_name, 'invoice' as left_title, 'receivable posting' as right_title
            """
        )
        connection.execute(
            """
            create table reconciliation.fct_reconciliations as
            select
                'item-1' as item_id, 'invoice_not_posted' as exception_type, 'billing|A' as natural_key,
                'billing_to_erp' as reconciliation_name, 'missing_right' as outcome, 'not_posted' as cause,
                'billing' as left_instance, 'INV-A' as left_key, 'billing-2026-09-28-1' as left_load_id,
                date '2026-09-01' as left_date, 100.10::decimal(28, 4) as left_amount, 1 as left_item_count,
                null::varchar as right_instance, null::varchar as right_key, null::varchar as right_load_id,
                null::date as right_date, 0::decimal(28, 4) as right_amount, 0 as right_item_count,
                100.10::decimal(28, 4) as amount_difference, 'EUR' as currency_code
            """
        )
        connection.execute(
            """
            create table reconciliation.fct_mapping_gaps (
                exception_type varchar, natural_key varchar, entity_code varchar, period_month date,
                amount_transaction decimal(28, 4), transaction_currency varchar, subject varchar,
                source_instance varchar, load_id varchar
            )
            """
        )
    shown = told("show", "id-A")
    for said in ("invoice", "INV-A", "billing-2026-09-28-1", "receivable posting", "not there", "100.10", "not_posted"):
        assert said in shown
    (compared,) = asked("show", "id-A")["compared"]
    assert (compared["left_key"], compared["amount_difference"]) == ("INV-A", "100.1000")
    assert "does not show it" in told("show", "id-B")


def test_show_says_whether_the_published_night_has_found_it_and_what_is_cleared(finance: Settings) -> None:
    published = finance.data_dir.published_file
    published.parent.mkdir(parents=True)
    with duckdb.connect(str(published)) as connection:
        connection.execute("create schema reconciliation")
        connection.execute(
            "create table reconciliation.fct_exceptions as "
            "select 'invoice_not_posted' as exception_type, 'billing|A' as natural_key"
        )
    assert "The night as of 2026-09-28 has found it" in told("show", "id-A")
    assert "does not show it" in told("show", "id-B")
    night(finance, TUESDAY, found("A", "100.10"))
    assert "was cleared as of 2026-09-29" in told("show", "id-B")


def test_a_decision_of_the_day_is_published_with_the_next_night(finance: Settings) -> None:
    """What the store knows now is what the list shows; the copy for the warehouse is taken from the same rows."""
    store = finance.open_store()
    store.decide("id-A", lambda row, as_of: decisions.assign(row, BOB, as_of, BOB))
    history = store.whole_exception_history()
    store.close()
    assert [row["assignee"] for row in asked("list")] == [None, BOB]
    last = [line for line in history if line["exception_id"] == "id-A"][-1]
    assert (last["change_number"], last["event"], last["changed_by"]) == (3, "assigned", BOB)
