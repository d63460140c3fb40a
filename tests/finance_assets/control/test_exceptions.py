"""The work queue over the nights: opened, seen again, cleared, reopened, with a history that only grows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from finance_assets.control.exceptions import FoundException
from finance_assets.control.store import ControlStore

MONDAY, TUESDAY, WEDNESDAY = date(2026, 9, 28), date(2026, 9, 29), date(2026, 9, 30)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ControlStore]:
    """A store with a run to be the evidence."""
    store = ControlStore.in_file(tmp_path / "control.sqlite")
    store.begin_run("run-1", "acme", MONDAY, "v1")
    yield store
    store.close()


def found(key: str, amount: str = "100.10", owner: str = "ar@acme.example") -> FoundException:
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
