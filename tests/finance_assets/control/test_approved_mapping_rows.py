"""What nights leave to each other of the mappings: every decision once; of the same night the last word counts."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest

from finance_assets.control.store import ControlStore

FIRST, SECOND, THIRD = date(2026, 1, 30), date(2026, 1, 31), date(2026, 2, 1)


@pytest.fixture
def store(tmp_path: Path) -> ControlStore:
    return ControlStore.in_file(tmp_path / "control.sqlite")


def night(store: ControlStore, as_of: date, decisions: Iterable[str], run: str = "") -> None:
    run_id = f"{as_of}{run}"
    store.begin_run(run_id, "company", as_of, "version")
    rows = [{"mapping_name": "accounts", "mapping_key": "1|2024", "decision": decision} for decision in decisions]
    store.record_approved_mapping_rows(run_id, as_of, rows)
    store.finish_run(run_id)


def known(store: ControlStore, as_of: date) -> list[tuple]:
    return [(row["as_of"], row["decision"]) for row in store.approved_mapping_rows_before(as_of)]


def test_a_night_reads_what_was_ever_published_before_it(store: ControlStore) -> None:
    night(store, FIRST, ["G1", "G2"])
    night(store, SECOND, ["G2", "G3"])
    assert known(store, FIRST) == []
    assert known(store, SECOND) == [(FIRST, "G1"), (FIRST, "G2")]
    assert known(store, THIRD) == [(FIRST, "G1"), (FIRST, "G2"), (SECOND, "G3")]


def test_the_same_night_again_replaces_what_it_said(store: ControlStore) -> None:
    night(store, FIRST, ["G1"])
    night(store, SECOND, ["G8"])
    night(store, SECOND, ["G1", "G9"], run=" again")
    assert known(store, THIRD) == [(FIRST, "G1"), (SECOND, "G9")]
