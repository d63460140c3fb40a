"""What nights leave to each other of golden customers: only changes, and the same night again replaces what it said."""

from datetime import date
from pathlib import Path

import pytest

from finance_assets.control.store import ControlStore

FIRST, SECOND, THIRD = date(2026, 1, 30), date(2026, 1, 31), date(2026, 2, 1)


@pytest.fixture
def store(tmp_path: Path) -> ControlStore:
    return ControlStore.in_file(tmp_path / "control.sqlite")


def night(store: ControlStore, as_of: date, ids: dict[str, str], parents: dict[str, str | None], run: str = "") -> None:
    run_id = f"{as_of}{run}"
    store.begin_run(run_id, "company", as_of, "version")
    records = [
        {"source_instance": "crm", "source_customer_id": record, "customer_key": record, "customer_id": customer}
        for record, customer in ids.items()
    ]
    hierarchy = [{"customer_id": customer, "parent_customer_id": parent} for customer, parent in parents.items()]
    store.record_customers(run_id, as_of, records, hierarchy)
    store.finish_run(run_id)


def known(store: ControlStore, as_of: date) -> list[tuple]:
    return [(row["as_of"], row["source_customer_id"], row["customer_id"]) for row in store.customer_ids_before(as_of)]


def test_a_night_reads_the_nights_before_it_and_not_itself(store: ControlStore) -> None:
    night(store, FIRST, {"a": "A", "b": "B"}, {"A": None})
    night(store, SECOND, {"a": "A", "b": "A"}, {"A": "P"})
    assert known(store, FIRST) == []
    assert known(store, SECOND) == [(FIRST, "a", "A"), (FIRST, "b", "B")]
    assert known(store, THIRD) == [(FIRST, "a", "A"), (FIRST, "b", "B"), (SECOND, "b", "A")]
    parents = [(row["as_of"], row["parent_customer_id"]) for row in store.customer_parents_before(THIRD)]
    assert parents == [(FIRST, None), (SECOND, "P")]


def test_the_same_night_again_replaces_what_it_said(store: ControlStore) -> None:
    night(store, FIRST, {"a": "A"}, {})
    night(store, SECOND, {"a": "X"}, {})
    night(store, SECOND, {"a": "A"}, {}, run=" again")
    assert known(store, THIRD) == [(FIRST, "a", "A")]
