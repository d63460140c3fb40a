"""What people may decide: from which status, in whose name, with which words; and what a refusal tells them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from finance_assets.control import decisions
from finance_assets.control.decisions import Decision, DecisionRefused, allowed_decisions
from finance_assets.control.store import ControlStore
from tests.finance_assets.control.test_exceptions import MONDAY, TUESDAY, WEDNESDAY, found

Take = Callable[[dict[str, Any]], Decision]

OPEN = {
    "exception_id": "3fa9c0de00000000",
    "type": "invoice_not_posted",
    "status": "open",
    "assignee": None,
    "resolution": None,
    "waiver_reason": None,
    "waiver_until": None,
    "waiver_requested_by": None,
    "waiver_approved_by": None,
    "longest_waiver_days": 366,
}
ASSIGNED = {**OPEN, "status": "assigned", "assignee": "ann"}
ASKED = {**ASSIGNED, "waiver_reason": "agreed", "waiver_until": WEDNESDAY, "waiver_requested_by": "ann"}
WAIVED = {**ASKED, "status": "waived", "waiver_approved_by": "bob"}
ROWS = {
    "open": OPEN,
    "assigned": ASSIGNED,
    "assigned, waiver asked for": ASKED,
    "waived": WAIVED,
    "resolved": {**ASSIGNED, "status": "resolved"},
    "reopened": {**ASSIGNED, "status": "reopened"},
    "reopened, waiver asked for": {**ASKED, "status": "reopened"},
    "reopened, nobody's": {**OPEN, "status": "reopened"},
    "cleared": {**ASSIGNED, "status": "cleared"},
}
TAKE: dict[str, Take] = {
    "assign": lambda row: decisions.assign(row, "carl", MONDAY, "dora"),
    "comment": lambda row: decisions.comment(row, "carl", MONDAY, "looking"),
    "resolve": lambda row: decisions.resolve(row, "carl", MONDAY, "posted"),
    "waive": lambda row: decisions.request_waiver(row, "carl", MONDAY, "agreed", TUESDAY),
    "approve": lambda row: decisions.approve_waiver(row, "carl", MONDAY),
    "reject": lambda row: decisions.reject_waiver(row, "carl", MONDAY, "not agreed"),
    "reopen": lambda row: decisions.end_waiver(row, "carl", MONDAY, "the credit note is withdrawn"),
}
ALLOWED = {
    "open": {"assign", "comment"},
    "assigned": {"assign", "comment", "resolve", "waive"},
    "assigned, waiver asked for": {"assign", "comment", "approve", "reject"},
    "waived": {"comment", "reopen"},
    "resolved": {"comment"},
    "reopened": {"assign", "comment", "resolve", "waive"},
    "reopened, waiver asked for": {"assign", "comment", "approve", "reject"},
    "reopened, nobody's": {"assign", "comment"},
    "cleared": {"comment"},
}


@pytest.mark.parametrize("decision", TAKE)
@pytest.mark.parametrize("standing", ROWS)
def test_a_decision_out_of_turn_is_refused_with_what_is_allowed(standing: str, decision: str) -> None:
    row = ROWS[standing]
    assert set(allowed_decisions(row)) == ALLOWED[standing]
    if decision in ALLOWED[standing]:
        assert TAKE[decision](row).history["from_status"] == row["status"]
        return
    with pytest.raises(DecisionRefused) as refused:
        TAKE[decision](row)
    told = str(refused.value)
    assert "3fa9c0de" in told and row["status"] in told
    assert all(f"finance exceptions {name} 3fa9c0de" in told for name in ALLOWED[standing])


@pytest.mark.parametrize("approver", ["ann", " Ann", "ANN"])
def test_nobody_approves_their_own_waiver(approver: str) -> None:
    with pytest.raises(DecisionRefused, match="somebody else has to approve"):
        decisions.approve_waiver(ASKED, approver, MONDAY)


def test_a_waiver_has_an_end_ahead_when_asked_for_and_when_approved() -> None:
    with pytest.raises(DecisionRefused, match="needs an end date after that day"):
        decisions.request_waiver(ASSIGNED, "ann", WEDNESDAY, "agreed", WEDNESDAY)
    with pytest.raises(DecisionRefused, match="over already"):
        decisions.approve_waiver(ASKED, "bob", WEDNESDAY)


def test_a_waiver_lasts_no_longer_than_its_type_allows() -> None:
    month_long = {**ASSIGNED, "longest_waiver_days": 31}
    latest = MONDAY + timedelta(days=31)
    assert decisions.request_waiver(month_long, "ann", MONDAY, "agreed", latest).row["waiver_until"] == latest
    with pytest.raises(DecisionRefused, match="it may last 31 days, until 2026-10-29 at the latest"):
        decisions.request_waiver(month_long, "ann", MONDAY, "agreed", latest + timedelta(days=1))
    assert f"--until {latest} " in decisions.typed(month_long, "waive", MONDAY), "the example is one that is allowed"


def test_a_waiver_that_is_ended_leaves_the_exception_in_work_with_whom_it_was() -> None:
    ended = decisions.end_waiver({**WAIVED, "due_date": MONDAY, "sla_status": "breached"}, "carl", TUESDAY, "no more")
    assert (ended.row["status"], ended.row["assignee"], ended.row["waiver_until"]) == ("reopened", "ann", None)
    assert (ended.row["due_date"], ended.row["sla_status"]) == (None, "on_time"), "the next night gives it a new term"
    assert (ended.history["event"], ended.history["reason"], ended.history["changed_by"]) == (
        "waiver_ended", "no more", "carl",
    )  # fmt: skip


@pytest.mark.parametrize(
    "take",
    [
        lambda: decisions.assign(OPEN, "ann", MONDAY, " "),
        lambda: decisions.comment(OPEN, "ann", MONDAY, ""),
        lambda: decisions.resolve(ASSIGNED, "ann", MONDAY, "\n"),
        lambda: decisions.request_waiver(ASSIGNED, "ann", MONDAY, "", TUESDAY),
        lambda: decisions.reject_waiver(ASKED, "bob", MONDAY, ""),
        lambda: decisions.end_waiver(WAIVED, "bob", MONDAY, " "),
        lambda: decisions.comment(OPEN, "", MONDAY, "looking"),
    ],
)
def test_a_decision_without_words_or_a_name_is_none(take: Callable[[], Decision]) -> None:
    with pytest.raises(DecisionRefused):
        take()


def test_an_approved_waiver_says_who_asked_who_approved_until_when_and_why() -> None:
    taken = decisions.approve_waiver(ASKED, "bob", MONDAY)
    assert (taken.row["status"], taken.row["waiver_approved_by"]) == ("waived", "bob")
    assert taken.history["changed_by"] == "bob"
    assert taken.history["reason"] == "asked for by ann, until 2026-09-30: agreed"


def test_a_rejected_waiver_leaves_the_exception_in_work_and_open_to_another_request() -> None:
    taken = decisions.reject_waiver(ASKED, "bob", MONDAY, "too long")
    assert (taken.row["status"], taken.row["waiver_requested_by"]) == ("assigned", None)
    assert "waive" in allowed_decisions(taken.row)


def test_an_id_is_good_as_far_as_it_is_unique(memory_store: ControlStore) -> None:
    memory_store.sync_exceptions("run-1", MONDAY, [found("AB"), found("AC"), found("X_")])
    assert memory_store.exception("id-X")["natural_key"] == "billing|X_"
    with pytest.raises(DecisionRefused, match=r"2 exceptions begin with 'id-A' .*write more of the id"):
        memory_store.exception("id-A")
    for nothing in ("id-Z", "id-__", "%", ""):
        with pytest.raises(DecisionRefused, match="no exception has an id that begins with"):
            memory_store.exception(nothing)


def test_before_the_first_night_there_is_nothing_to_decide(memory_store: ControlStore) -> None:
    assert memory_store.queue_night() is None
    with pytest.raises(DecisionRefused):
        memory_store.decide("id-A", lambda row, as_of: decisions.comment(row, "ann", as_of, "hm"))


def test_decisions_of_two_people_at_once_are_taken_one_after_the_other(memory_store: ControlStore) -> None:
    """The second sees what the first has left, and is refused."""
    memory_store.sync_exceptions("run-1", MONDAY, [found("A")])
    memory_store.decide("id-A", lambda row, as_of: decisions.assign(row, "ann", as_of, "ann"))
    memory_store.decide("id-A", lambda row, as_of: decisions.resolve(row, "ann", as_of, "posted"))
    with pytest.raises(DecisionRefused, match="is resolved"):
        memory_store.decide("id-A", lambda row, as_of: decisions.resolve(row, "bob", as_of, "posted"))
    assert [line["changed_by"] for line in memory_store.exception_history("id-A")] == ["night", "ann", "ann"]
    assert memory_store.exception_history("id-A")[-1]["as_of"] == date(2026, 9, 28)
