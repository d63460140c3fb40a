"""A system is built again exactly when something of it, or the code, has changed since."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from dlt_sources.registry import load_systems
from finance_assets.lib.unchanged import building_systems, forget_systems

ALL = sorted(load_systems())
DAY = date(2026, 9, 30)


@pytest.fixture
def build_file(tmp_path: Path) -> Path:
    """A warehouse with one accepted load of SAP."""
    file = tmp_path / "build.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema control")
        connection.execute(
            "create table control.accepted_loads as select 'sap_group-1' as load_id, 'sap_group' as instance, "
            "'sap_s4hana' as system, 'journal_lines' as resource, 'incremental' as load_mode, true as is_latest"
        )
        connection.execute(
            "create table control.landed_rows as select 'sap_s4hana' as system, 'land_sap_group.journal_lines' as "
            "address, 100 as rows"
        )
    return file


def accept(build_file: Path, load_id: str) -> None:
    with duckdb.connect(str(build_file)) as connection:
        connection.execute(
            "insert into control.accepted_loads values (?, 'sap_group', 'sap_s4hana', 'journal_lines', 'incremental', "
            "true)",
            [load_id],
        )


def build(build_file: Path, code: str = "code", as_of: date = DAY) -> list[str]:
    """Build, and return the systems that needed no building."""
    with building_systems(build_file, code, as_of) as unchanged:
        return unchanged


def test_the_first_time_everything_is_built_the_second_time_nothing(build_file: Path) -> None:
    assert build(build_file) == []
    assert build(build_file) == ALL


def test_a_new_load_concerns_its_own_system(build_file: Path) -> None:
    build(build_file)
    accept(build_file, "sap_group-2")
    assert build(build_file) == [system for system in ALL if system != "sap_s4hana"]
    assert build(build_file) == ALL


def test_landed_rows_that_are_gone_concern_their_system_though_no_load_came(build_file: Path) -> None:
    build(build_file)
    with duckdb.connect(str(build_file)) as connection:
        connection.execute("update control.landed_rows set rows = 99")
    assert build(build_file) == [system for system in ALL if system != "sap_s4hana"]


def test_other_code_builds_everything(build_file: Path) -> None:
    build(build_file)
    assert build(build_file, "other code") == []


def test_what_was_being_built_when_the_run_died_is_built_again_even_for_the_state_before(build_file: Path) -> None:
    build(build_file)
    accept(build_file, "sap_group-2")
    with pytest.raises(KeyboardInterrupt), building_systems(build_file, "code", DAY):
        raise KeyboardInterrupt
    with duckdb.connect(str(build_file)) as connection:
        connection.execute("delete from control.accepted_loads where load_id = 'sap_group-2'")
    assert "sap_s4hana" not in build(build_file)


def test_another_day_concerns_the_systems_that_have_rows(build_file: Path) -> None:
    build(build_file)
    assert build(build_file, as_of=date(2026, 10, 1)) == [system for system in ALL if system != "sap_s4hana"]


def test_after_somebody_built_by_hand_nothing_is_known(build_file: Path) -> None:
    build(build_file)
    forget_systems(build_file)
    assert build(build_file) == []
