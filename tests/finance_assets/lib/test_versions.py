"""What is current after any load is what the loads up to it say, in whatever order they were accepted."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlt_sources.registry import load_systems
from finance_assets.control.store import WITHDRAWN, AcceptedResource
from finance_assets.lib.failures import StepFailed
from finance_assets.lib.versions import CurrentRows, compare_loads, current_after, current_rows, is_removed_after

Row = tuple[str | None, str | None]
Load = tuple[int, list[Row]]
SYSTEM = load_systems()["salesforce"]
RESOURCE = "accounts"
FIRST_DAY = date(2026, 9, 1)


class LandingFile:
    """A landing file of accounts, an Id and a Name each, and the loads its gate has accepted."""

    def __init__(self, file: Path, load_mode: Literal["snapshot", "incremental"]) -> None:
        self.file = file
        self._load_mode = load_mode
        self._accepted: list[AcceptedResource] = []
        with duckdb.connect(str(file)) as connection:
            connection.execute(f'create schema land_crm; create table land_crm.{RESOURCE} ("Id" text, "Name" text)')
            connection.execute(f"alter table land_crm.{RESOURCE} add column _load_id text")

    def land(self, sequence: int, rows: Sequence[Row], load_mode: str | None = None) -> None:
        """Land and accept a load, in the mode of the others if none is named; sequences are days."""
        load_id = f"crm-{sequence}"
        with duckdb.connect(str(self.file)) as connection:
            for row in rows:
                connection.execute(f"insert into land_crm.{RESOURCE} values (?, ?, ?)", [*row, load_id])
        as_of = FIRST_DAY + timedelta(days=sequence)
        self._accepted.append(
            AcceptedResource(
                load_id, "crm", SYSTEM.name, RESOURCE, sequence, as_of, load_mode or self._load_mode, len(rows)
            )
        )
        self._accepted.sort(key=lambda load: load.load_sequence)

    def compare(self) -> None:
        """Bring the versions up to what was accepted."""
        compare_loads(self.file, "crm", SYSTEM, self._accepted)

    def after(self, sequence: int) -> list[Row]:
        """The rows that are current after the load."""
        with duckdb.connect(str(self.file)) as connection:
            return connection.execute(
                f'select "Id", "Name" from versions.{RESOURCE} where {current_after(sequence)} order by all'
            ).fetchall()

    def state(self, sequence: int) -> CurrentRows:
        """What the platform remembers of the current rows."""
        with duckdb.connect() as connection:
            connection.execute(f"attach '{self.file}' as landing (read_only)")
            return current_rows(connection, "landing", [RESOURCE], sequence)[RESOURCE]


def told(load_mode: str, loads: Sequence[Load]) -> list[Row]:
    """The rows that loads in this order leave."""
    current: list[Row] = []
    for _, rows in loads:
        kept = [] if load_mode == "snapshot" else [row for row in current if row[0] not in {key for key, _ in rows}]
        current = kept + rows
    return sorted(current, key=lambda row: tuple((part is None, part or "") for part in row))


ROWS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", None]), st.sampled_from(["x", "y", None])), max_size=5, unique=True
)


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(["snapshot", "incremental"]),
    st.lists(ROWS, min_size=1, max_size=5).flatmap(lambda loads: st.permutations(list(enumerate(loads)))),
    st.booleans(),
)
def test_what_is_current_after_any_load_is_what_the_loads_up_to_it_say(
    load_mode: Literal["snapshot", "incremental"], accepted: list[Load], compares_each: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        landing = LandingFile(Path(folder) / "crm.duckdb", load_mode)
        for sequence, rows in accepted:
            landing.land(sequence, rows)
            if compares_each:
                landing.compare()
        landing.compare()
        in_order = sorted(accepted)
        for number, (sequence, _) in enumerate(in_order):
            assert landing.after(sequence) == told(load_mode, in_order[: number + 1])


@pytest.mark.parametrize("load_mode", ["snapshot", "incremental"])
def test_a_load_without_news_changes_nothing(tmp_path: Path, load_mode: Literal["snapshot", "incremental"]) -> None:
    landing = LandingFile(tmp_path / "crm.duckdb", load_mode)
    landing.land(1, [("a", "x"), ("b", None)])
    landing.compare()
    before = landing.state(1)
    landing.land(2, [("b", None), ("a", "x")])
    landing.compare()
    assert landing.state(2) == before
    landing.land(3, [("b", "y"), ("a", "x")])
    landing.compare()
    assert landing.state(3).state != before.state and landing.state(2) == before


@pytest.mark.parametrize("load_mode", ["snapshot", "incremental"])
def test_what_is_withdrawn_is_gone_until_it_is_read_again(
    tmp_path: Path, load_mode: Literal["snapshot", "incremental"]
) -> None:
    landing = LandingFile(tmp_path / "crm.duckdb", load_mode)
    landing.land(1, [("a", "x"), ("b", "y")])
    landing.compare()
    landing.land(2, [], WITHDRAWN)
    landing.compare()
    landing.land(3, [("b", "y")])
    landing.compare()
    assert landing.after(1) == [("a", "x"), ("b", "y")]
    assert landing.after(2) == []
    assert landing.after(3) == [("b", "y")]


def test_a_history_that_begins_anew_is_another_state_though_as_many_rows_came_with_the_same_load(
    tmp_path: Path,
) -> None:
    landing = LandingFile(tmp_path / "crm.duckdb", "incremental")
    landing.land(2, [("a", "x")])
    landing.compare()
    before = landing.state(2)
    landing.land(1, [("b", "x")])
    landing.compare()
    assert landing.state(2).state != before.state


def test_a_part_is_removed_when_its_record_comes_without_it_and_back_when_it_is_there_again(tmp_path: Path) -> None:
    file = tmp_path / "billing.duckdb"
    accepted: list[AcceptedResource] = []

    def land(sequence: int, invoices: list[str], lines: list[tuple[str, str, str]]) -> None:
        load_id = f"billing-{sequence}"
        with duckdb.connect(str(file)) as connection:
            connection.executemany("insert into land_billing.invoices values (?, ?)", [[i, load_id] for i in invoices])
            if lines:
                connection.executemany(
                    "insert into land_billing.invoice_lines values (?, ?, ?, ?)", [[*line, load_id] for line in lines]
                )
        for resource, rows in (("invoices", invoices), ("invoice_lines", lines)):
            accepted.append(
                AcceptedResource(load_id, "billing", "stripe", resource, sequence, FIRST_DAY, "incremental", len(rows))
            )
        compare_loads(file, "billing", load_systems()["stripe"], accepted)

    def after(sequence: int) -> list[tuple[str, str, bool]]:
        with duckdb.connect(str(file)) as connection:
            return connection.execute(
                f"select id, amount, {is_removed_after(sequence)} from versions.invoice_lines "
                f"where {current_after(sequence)} order by all"
            ).fetchall()

    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema land_billing; create table land_billing.invoices (id text, _load_id text)")
        connection.execute(
            "create table land_billing.invoice_lines (id text, invoice text, amount text, _load_id text)"
        )
    land(1, ["in_1", "in_2"], [("a", "in_1", "5"), ("b", "in_1", "6"), ("c", "in_2", "7")])
    land(2, ["in_1"], [("a", "in_1", "9")])
    land(3, ["in_2"], [])
    land(4, ["in_1"], [("a", "in_1", "9"), ("b", "in_1", "6")])
    assert after(1) == [("a", "5", False), ("b", "6", False), ("c", "7", False)]
    assert after(2) == [("a", "9", False), ("b", "6", True), ("c", "7", False)]
    assert after(3) == [("a", "9", False), ("b", "6", True), ("c", "7", True)]
    assert after(4) == [("a", "9", False), ("b", "6", False), ("c", "7", True)]


@pytest.mark.parametrize("what", ["file", "table", "rows"])
def test_evidence_that_is_gone_is_named_and_nothing_is_made_in_its_place(tmp_path: Path, what: str) -> None:
    landing = LandingFile(tmp_path / "crm.duckdb", "incremental")
    landing.land(1, [("a", "x"), ("b", "x")])
    landing.compare()
    if what == "file":
        landing.file.unlink()
    else:
        with duckdb.connect(str(landing.file)) as connection:
            connection.execute("drop table land_crm.accounts" if what == "table" else "delete from land_crm.accounts")
    with pytest.raises(StepFailed, match="from a backup"):
        landing.compare()
    assert landing.file.exists() == (what != "file")


def test_versions_of_another_release_are_made_anew(tmp_path: Path) -> None:
    landing = LandingFile(tmp_path / "crm.duckdb", "incremental")
    landing.land(1, [("a", "x")])
    landing.compare()
    with duckdb.connect(str(landing.file)) as connection:
        connection.execute("alter table versions._compared_loads drop column history; drop table versions.accounts")
    landing.compare()
    assert landing.after(1) == [("a", "x")]


def test_another_key_makes_another_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    landing = LandingFile(tmp_path / "crm.duckdb", "incremental")
    landing.land(1, [("a", "x")])
    landing.land(2, [("a", "y")])
    landing.compare()
    assert landing.after(2) == [("a", "y")]
    accounts = SYSTEM.resources[RESOURCE].model_copy(update={"key": ["Id", "Name"]})
    monkeypatch.setitem(SYSTEM.resources, RESOURCE, accounts)
    landing.compare()
    assert landing.after(2) == [("a", "x"), ("a", "y")]


def test_versions_that_lost_rows_are_made_anew_from_landing(tmp_path: Path) -> None:
    landing = LandingFile(tmp_path / "crm.duckdb", "incremental")
    landing.land(1, [("a", "x"), ("b", "x")])
    landing.compare()
    with duckdb.connect(str(landing.file)) as connection:
        connection.execute("""delete from versions.accounts where "Id" = 'a'""")
    landing.compare()
    assert landing.after(1) == [("a", "x"), ("b", "x")]


def test_a_process_that_dies_between_two_loads_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    landing = LandingFile(tmp_path / "crm.duckdb", "incremental")
    landing.land(1, [("a", "x")])
    landing.land(2, [("a", "y")])
    with duckdb.connect(str(landing.file)) as connection:
        connection.execute("create schema versions; create table versions.accounts (stands_in_the_way integer)")
    with pytest.raises(duckdb.Error):
        landing.compare()
    with duckdb.connect(str(landing.file)) as connection:
        connection.execute("drop table versions.accounts")
    landing.compare()
    assert landing.after(1) == [("a", "x")] and landing.after(2) == [("a", "y")]
