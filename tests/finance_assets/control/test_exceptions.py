"""The work queue over the nights: opened, seen again, cleared, reopened, with a history that only grows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from finance_assets.control import decisions
from finance_assets.control.exceptions import FoundException
from finance_assets.control.store import ControlStore

MONDAY, TUESDAY, WEDNESDAY = date(2026, 9, 28), date(2026, 9, 29), date(2026, 9, 30)
THURSDAY, FRIDAY, SATURDAY, SUNDAY = (date(2026, 10, day) for day in (1, 2, 3, 4))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ControlStore]:
    """A store with a run to be the evidence."""
    store = ControlStore.in_file(tmp_path / "control.sqlite")
    store.begin_run("run-1", "acme", MONDAY, "v1")
    yield store
    store.close()


def found(
    key: str,
    amount: str = "100.10",
    owner: str = "ar@acme.example",
    due: date | None = None,
    is_business_day: bool = True,
) -> FoundException:
    """The exception of a key as a night finds it; when it has a due date, it is warned of the day before."""
    close_of_business = datetime.combine(due, time(16), UTC) if due else None
    return FoundException(
        exception_id=f"id-{key}",
        type="invoice_not_posted",
        natural_key=f"billing|{key}",
        entity_code="1010",
        period_month=date(2026, 9, 1),
        amount_transaction=Decimal(amount),
        transaction_currency="EUR",
        amount_at_risk_group=Decimal(amount),
        group_currency="EUR",
        severity="high",
        owner=owner,
        description="Invoice is not in the ledger.",
        source_instance="billing",
        next_step="Post it.",
        due_date=due,
        due_at=close_of_business,
        warn_at=close_of_business - timedelta(days=1) if due else None,
        is_business_day=is_business_day,
    )


def events(store: ControlStore, key: str) -> list[tuple[str, date]]:
    return [(entry["event"], entry["as_of"]) for entry in store.exception_history(f"id-{key}")]


def test_the_same_problem_tomorrow_is_the_same_exception_older_by_a_day(store: ControlStore) -> None:
    store.sync_exceptions("run-1", MONDAY, [found("A")])
    store.sync_exceptions("run-1", TUESDAY, [found("A")])
    (row,) = store.exceptions()
    assert (row["status"], row["first_seen"], row["last_seen"]) == ("open", MONDAY, TUESDAY)
    assert events(store, "A") == [("opened", MONDAY)]


def test_the_same_night_twice_changes_nothing(store: ControlStore) -> None:
    store.sync_exceptions("run-1", MONDAY, [found("A")])
    before = store.exceptions()
    store.sync_exceptions("run-1", MONDAY, [found("A")])
    assert store.exceptions() == before
    assert events(store, "A") == [("opened", MONDAY)]


def test_what_is_no_longer_found_clears_itself_and_a_relapse_reopens_it(store: ControlStore) -> None:
    store.sync_exceptions("run-1", MONDAY, [found("A")])
    store.sync_exceptions("run-1", TUESDAY, [])
    (cleared,) = store.exceptions()
    assert (cleared["status"], cleared["cleared_as_of"]) == ("cleared", TUESDAY)
    store.sync_exceptions("run-1", WEDNESDAY, [found("A")])
    (reopened,) = store.exceptions()
    assert (reopened["status"], reopened["cleared_as_of"]) == ("reopened", None)
    assert reopened["first_seen"] == MONDAY
    assert events(store, "A") == [("opened", MONDAY), ("cleared", TUESDAY), ("reopened", WEDNESDAY)]


def test_a_changed_amount_and_owner_are_history(store: ControlStore) -> None:
    store.sync_exceptions("run-1", MONDAY, [found("A")])
    store.sync_exceptions("run-1", TUESDAY, [found("A", amount="90.05", owner="boss@acme.example")])
    (_, changed) = store.exception_history("id-A")
    assert changed["event"] == "changed"
    assert changed["changes"] == {
        "amount_transaction": ["100.10", "90.05"],
        "amount_at_risk_group": ["100.10", "90.05"],
        "owner": ["ar@acme.example", "boss@acme.example"],
    }
    assert store.exceptions()[0]["amount_transaction"] == Decimal("90.05")


def test_a_run_of_an_earlier_day_leaves_the_queue_of_today_alone(store: ControlStore) -> None:
    store.sync_exceptions("run-1", TUESDAY, [found("A")])
    store.sync_exceptions("run-1", MONDAY, [])
    assert store.exceptions()[0]["status"] == "open"


def test_amounts_come_back_as_the_decimals_they_were(store: ControlStore) -> None:
    store.sync_exceptions("run-1", MONDAY, [found("A", amount="12345678901234567890.1234")])
    assert store.exceptions()[0]["amount_at_risk_group"] == Decimal("12345678901234567890.1234")


def test_a_resolution_that_did_not_hold_is_reopened_by_the_next_night_and_not_by_the_same_one(
    store: ControlStore,
) -> None:
    store.sync_exceptions("run-1", MONDAY, [found("A")])
    store.decide("id-A", lambda row, as_of: decisions.assign(row, "ann", as_of, "ann"))
    store.decide("id-A", lambda row, as_of: decisions.resolve(row, "ann", as_of, "posted"))
    store.sync_exceptions("run-1", MONDAY, [found("A")])
    assert store.exceptions()[0]["status"] == "resolved"
    store.sync_exceptions("run-1", TUESDAY, [found("A")])
    (row,) = store.exceptions()
    assert (row["status"], row["resolution"], row["assignee"]) == ("reopened", None, "ann")
    reopened = store.exception_history("id-A")[-1]
    assert reopened["reason"] == "still found, after it was resolved as of 2026-09-28"
    assert (reopened["changed_by"], reopened["from_status"], reopened["to_status"]) == ("night", "resolved", "reopened")


def test_a_resolution_that_held_is_cleared_and_keeps_its_reason(store: ControlStore) -> None:
    store.sync_exceptions("run-1", MONDAY, [found("A")])
    store.decide("id-A", lambda row, as_of: decisions.assign(row, "ann", as_of, "ann"))
    store.decide("id-A", lambda row, as_of: decisions.resolve(row, "ann", as_of, "posted as 18000047"))
    store.sync_exceptions("run-1", TUESDAY, [])
    (row,) = store.exceptions()
    assert (row["status"], row["resolution"]) == ("cleared", "posted as 18000047")
    assert store.exception_history("id-A")[-1]["run_id"] == "run-1"


def waive(store: ControlStore, key: str, until: date) -> None:
    store.decide(key, lambda row, as_of: decisions.assign(row, "ann", as_of, "ann"))
    store.decide(key, lambda row, as_of: decisions.request_waiver(row, "ann", as_of, "agreed", until))
    store.decide(key, lambda row, as_of: decisions.approve_waiver(row, "bob", as_of))


def test_a_waiver_is_quiet_through_its_end_date_and_then_over(store: ControlStore) -> None:
    store.sync_exceptions("run-1", MONDAY, [found("A", due=TUESDAY)])
    waive(store, "id-A", until=WEDNESDAY)
    for night in (TUESDAY, WEDNESDAY):
        store.sync_exceptions("run-1", night, [found("A", due=FRIDAY)])
        assert store.exceptions()[0]["status"] == "waived"
    assert [event for event, _ in events(store, "A")][-1] == "waiver_approved", "quiet: no breach, no warning"
    store.sync_exceptions("run-1", THURSDAY, [found("A", due=FRIDAY)])
    (row,) = store.exceptions()
    assert (row["status"], row["waiver_until"], row["due_date"]) == ("reopened", None, FRIDAY)
    assert "its waiver ended on 2026-09-30" in [line["reason"] for line in store.exception_history("id-A")]


def test_a_waived_exception_that_is_gone_for_a_night_is_waived_when_it_is_back(store: ControlStore) -> None:
    store.sync_exceptions("run-1", MONDAY, [found("A")])
    waive(store, "id-A", until=THURSDAY)
    store.sync_exceptions("run-1", TUESDAY, [])
    store.sync_exceptions("run-1", WEDNESDAY, [found("A")])
    (row,) = store.exceptions()
    assert (row["status"], row["cleared_as_of"]) == ("waived", None)
    store.sync_exceptions("run-1", FRIDAY, [found("A")])
    assert store.exceptions()[0]["status"] == "reopened"


def test_a_waiver_that_is_only_asked_for_keeps_nothing_quiet_and_goes_with_its_exception(store: ControlStore) -> None:
    store.sync_exceptions("run-1", MONDAY, [found("A")])
    store.decide("id-A", lambda row, as_of: decisions.assign(row, "ann", as_of, "ann"))
    store.decide("id-A", lambda row, as_of: decisions.request_waiver(row, "ann", as_of, "agreed", FRIDAY))
    store.sync_exceptions("run-1", TUESDAY, [found("A")])
    assert store.exceptions()[0]["status"] == "assigned"
    store.sync_exceptions("run-1", WEDNESDAY, [])
    assert store.exceptions()[0]["waiver_requested_by"] is None


def sla_events(store: ControlStore, key: str) -> list[tuple[str, date]]:
    return [event for event in events(store, key) if event[0].startswith("sla_")]


def test_a_term_is_warned_of_once_and_breached_once(store: ControlStore) -> None:
    for night in (MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY):
        store.sync_exceptions("run-1", night, [found("A", due=WEDNESDAY)])
    assert sla_events(store, "A") == [("sla_warned", TUESDAY), ("sla_breached", WEDNESDAY)]
    assert store.exceptions()[0]["sla_status"] == "breached"


def test_nobody_is_told_of_a_breach_on_a_free_day(store: ControlStore) -> None:
    """Close of business in the West on Friday is after Friday's night in the East: the breach is seen on Monday."""
    store.sync_exceptions("run-1", FRIDAY, [found("A", due=FRIDAY)], datetime(2026, 10, 2, 15, tzinfo=UTC))
    assert sla_events(store, "A") == [("sla_warned", FRIDAY)]
    for free in (SATURDAY, SUNDAY):
        store.sync_exceptions("run-1", free, [found("A", due=FRIDAY, is_business_day=False)])
    assert sla_events(store, "A") == [("sla_warned", FRIDAY)]
    next_monday = date(2026, 10, 5)
    store.sync_exceptions("run-1", next_monday, [found("A", due=FRIDAY)])
    assert sla_events(store, "A")[-1] == ("sla_breached", next_monday)


def test_the_day_has_to_be_over_where_the_company_is(store: ControlStore) -> None:
    ended_in_tokyo = datetime(2026, 9, 30, 15, tzinfo=UTC)
    store.sync_exceptions("run-1", MONDAY, [found("A", due=WEDNESDAY)])
    store.sync_exceptions("run-1", WEDNESDAY, [found("A", due=WEDNESDAY)], ended_in_tokyo)
    assert store.exceptions()[0]["sla_status"] == "warned"


def test_deadlines_are_those_of_the_first_day_and_new_ones_after_a_relapse(store: ControlStore) -> None:
    store.sync_exceptions("run-1", MONDAY, [found("A", due=WEDNESDAY)])
    store.sync_exceptions("run-1", TUESDAY, [found("A", due=THURSDAY)])
    assert store.exceptions()[0]["due_date"] == WEDNESDAY
    store.sync_exceptions("run-1", WEDNESDAY, [])
    store.sync_exceptions("run-1", THURSDAY, [found("A", due=SATURDAY)])
    (row,) = store.exceptions()
    assert (row["due_date"], row["sla_status"]) == (SATURDAY, "on_time")


def test_an_owner_by_another_routing_row_takes_over_and_the_person_stays(store: ControlStore) -> None:
    store.sync_exceptions("run-1", MONDAY, [found("A")])
    store.decide("id-A", lambda row, as_of: decisions.assign(row, "ann", as_of, "ann"))
    store.sync_exceptions("run-1", TUESDAY, [found("A", owner="legal@acme.example")])
    (row,) = store.exceptions()
    assert (row["owner"], row["assignee"], row["status"]) == ("legal@acme.example", "ann", "assigned")


def test_a_decision_is_as_of_the_night_whose_queue_it_is_taken_on(store: ControlStore) -> None:
    store.begin_run("run-2", "acme", TUESDAY, "v1")
    store.sync_exceptions("run-2", TUESDAY, [found("A")])
    store.begin_run("failed-before-the-queue", "acme", FRIDAY, "v1")
    store.decide("id-A", lambda row, as_of: decisions.comment(row, "ann", as_of, "looking"))
    line = store.exception_history("id-A")[-1]
    assert (line["as_of"], line["run_id"], line["changed_by"]) == (TUESDAY, "run-2", "ann")
