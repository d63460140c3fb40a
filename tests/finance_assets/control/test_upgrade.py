"""A store that an earlier version made is the store of this one as soon as it is opened, with nothing lost."""

from __future__ import annotations

import threading
from pathlib import Path

from sqlalchemy import create_engine

from finance_assets.control import decisions
from finance_assets.control.store import ControlStore
from tests.finance_assets.control import earlier_store
from tests.finance_assets.control.earlier_store import MONDAY, TUESDAY, WEDNESDAY
from tests.finance_assets.control.test_exceptions import FRIDAY, THURSDAY, found


def check_upgraded(store: ControlStore) -> None:
    """The rows of the earlier version are there, told as this one tells them, and can be worked on."""
    history = [
        (line["event"], line["as_of"], line["changed_by"], line["from_status"], line["to_status"], line["changes"])
        for line in store.exception_history("id-A")
    ]
    assert history == [
        ("opened", MONDAY, "night", None, "open", {}),
        ("cleared", TUESDAY, "night", "open", "cleared", {}),
        ("reopened", WEDNESDAY, "night", "cleared", "reopened", {}),
        ("changed", WEDNESDAY, "night", "reopened", "reopened", {"owner": ["x", "y"]}),
    ]
    assert dict(store.queue_night()) == {"run_id": "r3", "as_of": WEDNESDAY}
    taken = store.decide("id-A", lambda row, as_of: decisions.assign(row, "ann", as_of, "ann"))
    assert (taken["status"], taken["decided_as_of"]) == ("assigned", WEDNESDAY)
    store.begin_run("r5", "acme", THURSDAY, "v2")
    store.sync_exceptions("r5", THURSDAY, [found("A", due=FRIDAY)])
    row = store.exception("id-A")
    assert (row["due_date"], row["status"], row["first_seen"]) == (FRIDAY, "assigned", MONDAY)
    assert store.exception("id-B")["status"] == "cleared"


def test_an_earlier_store_is_upgraded_in_place(tmp_path: Path) -> None:
    file = tmp_path / "control.sqlite"
    with create_engine(f"sqlite:///{file}").begin() as connection:
        earlier_store.fill(connection)
    store = ControlStore.in_file(file)
    check_upgraded(store)
    store.close()


def test_an_upgraded_store_is_left_alone_the_next_time(tmp_path: Path) -> None:
    file = tmp_path / "control.sqlite"
    with create_engine(f"sqlite:///{file}").begin() as connection:
        earlier_store.fill(connection)
    for _ in range(2):
        store = ControlStore.in_file(file)
        history = store.whole_exception_history()
        store.close()
        assert [line["change_number"] for line in history] == [1, 2, 3, 4, 1, 2]


def test_two_processes_may_open_an_earlier_store_at_once(tmp_path: Path) -> None:
    file = tmp_path / "control.sqlite"
    with create_engine(f"sqlite:///{file}").begin() as connection:
        earlier_store.fill(connection)
    errors = []

    def open_it() -> None:
        try:
            ControlStore.in_file(file).close()
        except Exception as error:  # noqa: BLE001 (whatever it is, the test shows it)
            errors.append(error)

    openers = [threading.Thread(target=open_it) for _ in range(8)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join()
    assert errors == []
    store = ControlStore.in_file(file)
    check_upgraded(store)
    store.close()
