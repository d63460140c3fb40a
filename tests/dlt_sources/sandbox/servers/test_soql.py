"""SOQL as SQL: each operator on rows where it makes a difference, and what Salesforce refuses."""

from datetime import date

import duckdb
import pytest

from dlt_sources.sandbox.servers.soql import SObject, SoqlError, parse_soql

FIELDS = {"Id": "varchar", "Name": "varchar", "Size": "decimal", "Since": "date", "ChangedAt": "timestamp",
          "IsDeleted": "boolean", "ParentId": "varchar"}  # fmt: skip
OBJECTS = {"Account": SObject("Account", "accounts", FIELDS, {"Parent": ("ParentId", "Account")})}
TODAY = date(2026, 9, 30)


@pytest.fixture(scope="module")
def accounts() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(
        'create table accounts ("Id" varchar, "Name" varchar, "Size" decimal(18, 2), "Since" date, '
        '"ChangedAt" timestamp, "IsDeleted" boolean, "ParentId" varchar)'
    )
    connection.executemany(
        "insert into accounts values (?, ?, ?, ?, ?, ?, ?)",
        [
            ("0015f0000000001AAA", "Alpha", 10, date(2026, 9, 30), "2026-09-01 12:00:00", False, None),
            ("0015f0000000002AAA", "beta_1", 20, date(2026, 9, 29), "2026-09-02 00:00:00", False, "0015f0000000001AAA"),
            (
                "0015f0000000003AAA",
                "O'Hara",
                None,
                date(2026, 1, 1),
                "2026-09-03 00:00:00",
                False,
                "0015f0000000002AAA",
            ),
            ("0015f0000000004AAA", None, 5, None, "2026-09-04 00:00:00", True, None),
        ],
    )
    return connection


def numbers(accounts: duckdb.DuckDBPyConnection, soql: str, *, include_deleted: bool = True) -> list[int]:
    """The last digits of the ids a query finds."""
    query = parse_soql(soql, OBJECTS, TODAY, include_deleted=include_deleted)
    return [int(row[0][9:15]) for row in accounts.execute(query.sql, query.parameters).fetchall()]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("Name = 'ALPHA'", [1]),
        ("Name != 'alpha'", [2, 3, 4]),
        ("Name = null", [4]),
        ("Name != null", [1, 2, 3]),
        ("Name = 'O\\'Hara'", [3]),
        ("Name LIKE 'b%'", [2]),
        ("Name LIKE '%a\\_1'", [2]),
        ("Name LIKE 'a\\_%'", []),
        ("Name IN ('Alpha','BETA_1')", [1, 2]),
        ("Name NOT IN ('Alpha')", [2, 3, 4]),
        ("Id = '0015f0000000002'", [2]),
        ("Size >= 10", [1, 2]),
        ("Size < 20.00", [1, 4]),
        ("Since = 2026-09-29", [2]),
        ("Since = TODAY", [1]),
        ("Since >= LAST_N_DAYS:5", [1, 2]),
        ("ChangedAt > 2026-09-01T12:00:00Z", [2, 3, 4]),
        ("ChangedAt >= 2026-09-01T14:00:00.000+02:00", [1, 2, 3, 4]),
        ("IsDeleted = true", [4]),
        ("(Name = 'Alpha' OR Size = 20) AND IsDeleted = false", [1, 2]),
        ("NOT Name = 'Alpha'", [2, 3, 4]),
        ("Parent.Name = 'alpha'", [2]),
        ("Parent.Parent.Name = 'Alpha'", [3]),
    ],
)
def test_a_condition_keeps_the_records_it_names(
    accounts: duckdb.DuckDBPyConnection, condition: str, found: list[int]
) -> None:
    assert numbers(accounts, f"SELECT Id FROM Account WHERE {condition} ORDER BY Id") == found


def test_order_limit_and_offset(accounts: duckdb.DuckDBPyConnection) -> None:
    assert numbers(accounts, "SELECT Id FROM Account ORDER BY Size DESC NULLS LAST") == [2, 1, 4, 3]
    assert numbers(accounts, "SELECT Id FROM Account ORDER BY Size LIMIT 2") == [3, 4]
    assert numbers(accounts, "select Id from Account order by Id limit 2 offset 1") == [2, 3]


def test_deleted_records_are_hidden_unless_asked_for(accounts: duckdb.DuckDBPyConnection) -> None:
    assert numbers(accounts, "SELECT Id FROM Account", include_deleted=False) == [1, 2, 3]


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT Id FROM Contact", "INVALID_TYPE"),
        ("SELECT Wrong FROM Account", "INVALID_FIELD"),
        ("SELECT Owner.Name FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Since = '2026-09-29'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Size LIKE '1%'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Account WHERE Name = 'a' AND Size = 1 OR Size = 2", "MALFORMED_QUERY"),
        ("SELECT Id, FROM Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account LIMIT ten", "MALFORMED_QUERY"),
        ("DELETE FROM Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "MALFORMED_QUERY"),
    ],
)
def test_what_salesforce_refuses_is_refused_with_its_code(soql: str, code: str) -> None:
    with pytest.raises(SoqlError) as refused:
        parse_soql(soql, OBJECTS, TODAY, include_deleted=False)
    assert refused.value.code == code
