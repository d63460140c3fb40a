"""The generic dbt tests find what they are for; a test that cannot fail would be worse than none."""

from collections.abc import Callable

import duckdb
import pytest

from tests.dbt_project.conftest import ParsedProject

CALLS = {
    "unique_grain": "test_unique_grain('facts', ['document', 'line'])",
    "grain_and_amounts": "test_unique_grain('facts', ['document', 'line'], ['amount'])",
    "never_null": "test_never_null('facts', ['document', 'amount'])",
    "sums_to_zero": "test_sums_to_zero('facts', 'amount', ['document'])",
    "sums_to_zero_in_all": "test_sums_to_zero('facts', 'amount')",
    "totals_preserved": "test_totals_preserved('facts', 'origin', 'amount')",
    "totals_preserved_by_document": "test_totals_preserved('facts', 'origin', 'amount', group_by=['document'])",
    "amounts_preserved": "test_totals_preserved('facts', 'origin', 'amount', compare_count=false)",
    "totals_preserved_where": "test_totals_preserved('facts', 'origin', 'amount', before_where=\"document = 'A'\")",
    "nothing_lost": "test_every_landed_row_once('accepted', ['source_instance', 'number'], 'landed', ['number'], "
    "'rejected', 'orders')",
}

Failures = Callable[[str], int]


@pytest.fixture(scope="module")
def queries(project: ParsedProject) -> dict[str, str]:
    """The query of each call."""
    rendered = project.render("|||".join("{{ " + call + " }}" for call in CALLS.values()))
    return dict(zip(CALLS, rendered.split("|||"), strict=True))


@pytest.fixture
def failures(queries: dict[str, str], database: duckdb.DuckDBPyConnection) -> Failures:
    """How many rows of a test are failures to dbt: of a checkpoint, which shows all it counted, what does not tie."""
    for table in ("facts", "origin"):
        database.execute(f"create table {table} (document varchar, line integer, amount decimal(28, 4))")
        database.execute(f"insert into {table} values ('A', 1, 10), ('A', 2, -10), ('B', 1, 5), ('B', 2, -5)")

    def count(test: str) -> int:
        found = database.execute(queries[test])
        names = [column for column, *_ in found.description]
        rows = found.fetchall()
        return sum(not row[names.index("is_passed")] for row in rows) if "is_passed" in names else len(rows)

    return count


@pytest.mark.parametrize("test", [name for name in CALLS if name not in ("totals_preserved_where", "nothing_lost")])
def test_what_is_right_passes(failures: Failures, test: str) -> None:
    assert failures(test) == 0


def test_a_second_row_of_a_key_and_a_missing_key_are_found(
    failures: Failures, database: duckdb.DuckDBPyConnection
) -> None:
    database.execute("insert into facts values ('A', 1, 0), (null, 3, 0)")
    assert failures("unique_grain") == 2


def test_a_missing_value_is_found(failures: Failures, database: duckdb.DuckDBPyConnection) -> None:
    database.execute("update facts set amount = null where document = 'A' and line = 1")
    assert failures("never_null") == 1
    assert failures("grain_and_amounts") == 1
    assert failures("unique_grain") == 0


def test_a_document_out_of_balance_is_found_though_the_whole_balances(
    failures: Failures, database: duckdb.DuckDBPyConnection
) -> None:
    database.execute("update facts set amount = amount + 0.0001 where document = 'A' and line = 1")
    database.execute("update facts set amount = amount - 0.0001 where document = 'B' and line = 1")
    assert failures("sums_to_zero") == 2
    assert failures("sums_to_zero_in_all") == 0
    database.execute("delete from facts where document = 'B' and line = 1")
    assert failures("sums_to_zero_in_all") == 1


def test_a_join_that_loses_or_doubles_a_row_is_found(failures: Failures, database: duckdb.DuckDBPyConnection) -> None:
    database.execute("delete from facts where document = 'B' and line = 1")
    assert failures("totals_preserved") == 1
    assert failures("amounts_preserved") == 1
    assert failures("totals_preserved_by_document") == 1


def test_rows_that_add_up_to_nothing_are_counted_unless_only_amounts_matter(
    failures: Failures, database: duckdb.DuckDBPyConnection
) -> None:
    database.execute("delete from facts where document = 'B'")
    assert failures("totals_preserved") == 1
    assert failures("totals_preserved_by_document") == 1
    assert failures("amounts_preserved") == 0
    assert failures("totals_preserved_where") == 0


def test_money_that_moves_between_groups_is_found(failures: Failures, database: duckdb.DuckDBPyConnection) -> None:
    database.execute("update facts set document = null where document = 'B'")
    assert failures("totals_preserved") == 0
    assert failures("totals_preserved_by_document") == 1, "the checkpoint names both groups in one row"


@pytest.fixture
def orders(database: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Three orders landed, the second in two versions; two accepted and one rejected."""
    database.execute("create table landed as select unnest(['1', '2', '2', '3']) as number, 'sap' as source_instance")
    database.execute("create table accepted as select unnest(['1', '2']) as number, 'sap' as source_instance")
    database.execute(
        "create table rejected as select 'sap' as source_instance, unnest(['orders', 'other']) as table_name, "
        "unnest(['3', '9']) as source_key"
    )
    return database


def test_a_row_that_is_neither_accepted_nor_rejected_is_found(
    failures: Failures, orders: duckdb.DuckDBPyConnection
) -> None:
    assert failures("nothing_lost") == 0
    orders.execute("delete from rejected where table_name = 'orders'")
    assert failures("nothing_lost") == 1


def test_a_row_that_is_accepted_twice_is_found(failures: Failures, orders: duckdb.DuckDBPyConnection) -> None:
    orders.execute("insert into accepted values ('2', 'sap')")
    assert failures("nothing_lost") == 1


def test_an_accepted_row_without_a_key_is_found(failures: Failures, orders: duckdb.DuckDBPyConnection) -> None:
    orders.execute("update accepted set number = null where number = '2'")
    assert failures("nothing_lost") == 1


def test_a_doubled_row_is_found_though_another_is_missing(
    failures: Failures, orders: duckdb.DuckDBPyConnection
) -> None:
    orders.execute("update accepted set number = '1'")
    assert failures("nothing_lost") == 1
