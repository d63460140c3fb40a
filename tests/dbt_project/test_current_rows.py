"""Which version of a landed row counts when there are several."""

from collections.abc import Callable

import duckdb
import pytest

from tests.dbt_project.conftest import ParsedProject

KEYS = ["company", "number"]

Current = Callable[[], list[tuple]]


@pytest.fixture(scope="module")
def query(project: ParsedProject) -> str:
    """current_rows over a table `landed`."""
    return project.render("{{ current_rows('landed', ['company', 'number']) }}")


@pytest.fixture
def landed(database: duckdb.DuckDBPyConnection) -> Callable[..., None]:
    """Lands rows of one load: (company, number, amount) each."""
    database.execute(
        "create table landed (company varchar, number varchar, amount varchar, source_instance varchar, "
        "load_id varchar, load_sequence bigint, recorded_at timestamp)"
    )

    def land(sequence: int, *rows: tuple, instance: str = "sap_group") -> None:
        for row in rows:
            database.execute(
                "insert into landed values (?, ?, ?, ?, ?, ?, date '2026-01-01' + ?::integer)",
                [*row, instance, f"load_{sequence}", sequence, sequence],
            )

    return land


@pytest.fixture
def current(database: duckdb.DuckDBPyConnection, query: str, landed: Callable[..., None]) -> Current:
    """The current rows as (instance, company, number, amount, load), in order."""
    return lambda: database.execute(
        f"select source_instance, company, number, amount, load_id from ({query}) order by all"
    ).fetchall()


def test_the_latest_version_of_a_row_counts(landed: Callable[..., None], current: Current) -> None:
    landed(1, ("1010", "1", "5.00"), ("1010", "2", "7.00"))
    landed(2, ("1010", "1", "6.00"))
    assert current() == [
        ("sap_group", "1010", "1", "6.00", "load_2"),
        ("sap_group", "1010", "2", "7.00", "load_1"),
    ]


def test_instances_do_not_touch_each_other(landed: Callable[..., None], current: Current) -> None:
    landed(1, ("1010", "1", "5.00"), instance="sap_group")
    landed(2, ("1010", "1", "8.00"), instance="sap_asia")
    assert current() == [
        ("sap_asia", "1010", "1", "8.00", "load_2"),
        ("sap_group", "1010", "1", "5.00", "load_1"),
    ]


def test_a_page_read_twice_gives_its_rows_once(landed: Callable[..., None], current: Current) -> None:
    landed(1, ("1010", "1", "5.00"), ("1010", "1", "5.00"), ("1010", "2", "7.00"))
    assert current() == [
        ("sap_group", "1010", "1", "5.00", "load_1"),
        ("sap_group", "1010", "2", "7.00", "load_1"),
    ]


def test_two_versions_within_one_load_give_one_row_and_always_the_same(
    landed: Callable[..., None], current: Current, database: duckdb.DuckDBPyConnection
) -> None:
    landed(1, ("1010", "1", "5.00"), ("1010", "1", "6.00"))
    first = current()
    database.execute("create or replace table landed as select * from landed order by amount desc")
    assert len(first) == 1
    assert current() == first


def test_a_missing_key_part_and_a_missing_value_are_compared_like_any_other(
    landed: Callable[..., None], current: Current
) -> None:
    landed(1, ("1010", None, None))
    landed(2, ("1010", None, None))
    landed(3, (None, "1", "5.00"))
    assert current() == [
        ("sap_group", "1010", None, None, "load_2"),
        ("sap_group", None, "1", "5.00", "load_3"),
    ]


def test_a_column_that_landing_added_later_is_content_too(
    landed: Callable[..., None], current: Current, database: duckdb.DuckDBPyConnection
) -> None:
    landed(1, ("1010", "1", "5.00"))
    database.execute("alter table landed add column new_field varchar")
    database.execute(
        "insert into landed select * replace (2 as load_sequence, 'load_2' as load_id, 'x' as new_field) from landed"
    )
    assert current() == [("sap_group", "1010", "1", "5.00", "load_2")]


def test_a_collision_of_key_hashes_loses_nothing(
    landed: Callable[..., None], database: duckdb.DuckDBPyConnection, query: str
) -> None:
    landed(1, ("1010", "1", "5.00"), ("1010", "2", "7.00"), ("1020", "1", "9.00"))
    everything_collides = query.replace("hash(source_instance, company, number)", "0")
    assert everything_collides != query
    rows = database.execute(f"select company, number, amount from ({everything_collides}) order by all").fetchall()
    assert rows == [("1010", "1", "5.00"), ("1010", "2", "7.00"), ("1020", "1", "9.00")]
