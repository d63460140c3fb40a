"""Control totals of a publication: what its readers can add up and compare."""

from __future__ import annotations

import duckdb

_AMOUNT_COLUMNS = """
    select columns.schema_name, columns.table_name, list(columns.column_name order by columns.column_index)
    from duckdb_columns() as columns
    inner join duckdb_tables() as tables on columns.table_oid = tables.table_oid
        and columns.database_name = tables.database_name
    where
        columns.database_name = current_database()
        and columns.column_name like 'amount%'
        and columns.data_type like 'DECIMAL%'
    group by all
    order by all
"""


def control_totals(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, dict[str, str]]]:
    """Return sums of what is above and below zero (in a ledger: debits and credits) per amount column of each table."""
    totals = {}
    for schema, table, columns in connection.execute(_AMOUNT_COLUMNS).fetchall():
        sums = ", ".join(f'sum(greatest("{name}", 0)), sum(least("{name}", 0))' for name in columns)
        row = connection.execute(f'select {sums} from "{schema}"."{table}"').fetchone()
        pairs = zip(columns, row[0::2], row[1::2], strict=True)
        totals[f"{schema}.{table}"] = {
            name: {"above_zero": str(above or 0), "below_zero": str(below or 0)} for name, above, below in pairs
        }
    return totals
