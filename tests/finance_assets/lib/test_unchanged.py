"""A table is built again exactly when what it is made from, or the code, or the day it asks for has changed since."""

import json
from collections.abc import Callable, Collection
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from finance_assets.lib.dbt_manifest import DbtManifest
from finance_assets.lib.unchanged import building, forget_built_tables

DAY, NEXT_DAY = date(2026, 9, 30), date(2026, 10, 1)
LINES, RATES, AGEING, STATUS = "lines", "rates", "ageing", "status"
ALL = {LINES, RATES, AGEING, STATUS}

Build = Callable[..., set[str]]


def node(name: str, *reads: str, macros: Collection[str] = ()) -> dict[str, Any]:
    return {
        "unique_id": name,
        "resource_type": "model",
        "schema": "canonical",
        "alias": name,
        "fqn": ["finance", "canonical", name],
        "raw_code": "select 1",
        "depends_on": {"nodes": list(reads), "macros": list(macros)},
    }


@pytest.fixture
def manifest(tmp_path: Path) -> DbtManifest:
    """Lines and rates of two systems; ageing reads lines and asks for the day; status reads what was accepted."""
    content = {
        "nodes": {
            each["unique_id"]: each
            for each in (
                node(AGEING, LINES, macros=["days_past_due"]),
                node(LINES, "landed_lines"),
                node(RATES, "landed_rates"),
                node(STATUS, "accepted"),
            )
        },
        "sources": {
            "landed_lines": {"schema": "landed_sap_s4hana", "identifier": "journal_lines"},
            "landed_rates": {"schema": "landed_ecb", "identifier": "rates"},
            "accepted": {"schema": "control", "identifier": "accepted_loads"},
        },
        "macros": {
            "days_past_due": {"macro_sql": "{{ as_of() }} - due_on", "depends_on": {"macros": ["as_of"]}},
            "as_of": {"macro_sql": "cast('{{ var(\"as_of\") }}' as date)", "depends_on": {"macros": []}},
        },
    }
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(content))
    return DbtManifest(path)


@pytest.fixture
def build_file(tmp_path: Path) -> Path:
    """A warehouse that shows what two instances have landed."""
    file = tmp_path / "build.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema control; create schema canonical")
        connection.execute("create table control.landed_states (address text, instance text, rows bigint, state text)")
        connection.execute(
            "insert into control.landed_states values "
            "('landed_sap_s4hana.journal_lines', 'sap_group', 100, '1'), ('landed_ecb.rates', 'ecb', 10, '1')"
        )
        connection.execute("create table control.accepted_loads as select 'sap_group-1' as load_id")
    return file


@pytest.fixture
def build(build_file: Path, manifest: DbtManifest) -> Build:
    """Build what is to be built, and return it."""

    def run(code: str = "code", as_of: date = DAY) -> set[str]:
        tables = manifest.tables("canonical", systems=())
        with building(build_file, manifest, tables, code, as_of) as changed:
            with duckdb.connect(str(build_file)) as connection:
                for name in changed:
                    connection.execute(f"create or replace table canonical.{name} as select 1 as one")
            return set(changed)

    return run


def change(build_file: Path, statement: str) -> None:
    with duckdb.connect(str(build_file)) as connection:
        connection.execute(statement)


def test_the_first_time_everything_is_built_the_second_time_nothing(build: Build) -> None:
    assert build() == ALL
    assert build() == set()


def test_news_of_a_system_concern_what_is_made_from_it(build: Build, build_file: Path) -> None:
    build()
    change(build_file, "update control.landed_states set state = '2' where instance = 'sap_group'")
    assert build() == {LINES, AGEING}
    assert build() == set()


def test_an_instance_more_concerns_what_is_made_from_its_system(build: Build, build_file: Path) -> None:
    build()
    change(build_file, "insert into control.landed_states values ('landed_ecb.rates', 'ecb_mirror', 0, '1')")
    assert build() == {RATES}


def test_another_day_concerns_what_asks_for_it(build: Build) -> None:
    build()
    assert build(as_of=NEXT_DAY) == {AGEING}
    assert build(as_of=DAY) == {AGEING}


def test_other_content_of_a_control_table_concerns_what_reads_it(build: Build, build_file: Path) -> None:
    build()
    change(build_file, "update control.accepted_loads set load_id = 'sap_group-2'")
    assert build() == {STATUS}


def test_other_code_builds_everything(build: Build) -> None:
    build()
    assert build("other code") == ALL


@pytest.mark.parametrize("statement", ["drop table canonical.lines", "delete from canonical.lines"])
def test_a_table_that_lost_its_rows_is_built_again_with_what_reads_it(
    build: Build, build_file: Path, statement: str
) -> None:
    build()
    change(build_file, statement)
    assert build() == {LINES, AGEING}


def test_what_was_being_built_when_the_run_died_is_built_again_even_for_the_state_before(
    build: Build, build_file: Path, manifest: DbtManifest
) -> None:
    build()
    change(build_file, "update control.landed_states set state = '2' where instance = 'sap_group'")
    tables = manifest.tables("canonical", systems=())
    with pytest.raises(KeyboardInterrupt), building(build_file, manifest, tables, "code", DAY):
        raise KeyboardInterrupt
    change(build_file, "update control.landed_states set state = '1' where instance = 'sap_group'")
    assert build() == {LINES, AGEING}


def test_after_somebody_built_by_hand_everything_is_built(build: Build, build_file: Path) -> None:
    build()
    forget_built_tables(build_file)
    assert build() == ALL
