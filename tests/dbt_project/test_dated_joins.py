"""A transaction takes the slice of its date: what the join costs, and that it finds one slice on every day."""

from collections.abc import Callable

import duckdb

LINES, MEMBERS = 1_000_000, 5_000


def prepared(database: duckdb.DuckDBPyConnection, render: Callable[[str], str]) -> str:
    """Lines of many years and members of which every third changed twice; returns the dated join of the two."""
    database.execute(
        f"""
        create table members as select 'm' || member as code from range({MEMBERS}) as numbers (member);
        create table changes as
        select code, valid_from, valid_to
        from members, (values
            (date '2024-01-01', date '2025-07-01'), (date '2025-07-01', date '9999-12-31')
        ) as spans (valid_from, valid_to)
        where cast(substr(code, 2) as integer) % 3 = 0;
        create table lines as
        select 'm' || line % {MEMBERS} as code, date '2023-01-01' + cast(line % 1500 as integer) as posting_date
        from range({LINES}) as numbers (line);
        """
    )
    slices = render("{{ validity_slices('members', ['code'], ['changes']) }}")
    database.execute(f"create table slices as {slices}")
    on_date = render("{{ is_valid_on('lines.posting_date', 'slices') }}")
    return f"select lines.*, slices.valid_from from lines left join slices on lines.code = slices.code and {on_date}"


def test_every_line_finds_exactly_one_slice(database: duckdb.DuckDBPyConnection, render: Callable[[str], str]) -> None:
    join = prepared(database, render)
    rows, found = database.execute(f"select count(*), count(valid_from) from ({join})").fetchone()
    assert rows == found == LINES


def test_a_dated_join_is_a_hash_join_on_the_key(
    database: duckdb.DuckDBPyConnection, render: Callable[[str], str]
) -> None:
    join = prepared(database, render)
    plan = database.execute(f"explain {join}").fetchone()[1]
    assert "HASH_JOIN" in plan
    assert "NESTED_LOOP" not in plan and "BLOCKWISE" not in plan and "IE_JOIN" not in plan
