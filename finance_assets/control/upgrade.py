"""Makes the tables of a control store, and brings a store that an earlier version made up to those of this one.

A version only ever adds tables and columns that may be null: an earlier program still reads a newer store, and there is
nothing to take back. Rows stay as they are, but for what a new column can say of them.
"""

from __future__ import annotations

from sqlalchemy import Column, Connection, Engine, Table, func, inspect, select, update
from sqlalchemy.schema import CreateColumn

from finance_assets.control import tables
from finance_assets.control.exceptions import NIGHT
from finance_assets.control.transactions import writing

# Any number that means this and nothing else among the advisory locks of a PostgreSQL database.
_UPGRADE_LOCK = 4_917_203
_STATUS_AFTER = {"opened": "open", "cleared": "cleared", "reopened": "reopened"}


def upgrade(engine: Engine) -> None:
    """Make the tables and columns that the store has not got yet and fill in what its rows tell; all, or nothing."""
    with engine.connect() as connection:
        if not any(_missing(connection)):
            return
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_UPGRADE_LOCK)))
        # Asked again behind the lock: another process may have been quicker.
        new_tables, columns = _missing(connection)
        tables.metadata.create_all(connection, new_tables, checkfirst=False)
        for column in columns:
            _add(connection, column)
        if tables.exception_history.c.changed_by in columns:
            _tell_what_the_nights_changed(connection)
        if tables.runs.c.queue_updated_at in columns:
            _tell_which_nights_updated_the_queue(connection)


def _missing(connection: Connection) -> tuple[list[Table], set[Column]]:
    """The tables the store has not got, and the columns that its tables have not got."""
    inspector, schema = inspect(connection), _schema(connection)
    there = set(inspector.get_table_names(schema))
    new_tables = [table for table in tables.metadata.sorted_tables if table.name not in there]
    columns: set[Column] = set()
    for table in tables.metadata.sorted_tables:
        if table.name in there:
            names = {column["name"] for column in inspector.get_columns(table.name, schema)}
            columns |= {column for column in table.columns if column.name not in names}
    return new_tables, columns


def _add(connection: Connection, column: Column) -> None:
    preparer = connection.dialect.identifier_preparer
    table, schema = preparer.quote(column.table.name), _schema(connection)
    address = f"{preparer.quote(schema)}.{table}" if schema else table
    definition = CreateColumn(column).compile(dialect=connection.dialect)
    connection.exec_driver_sql(f"alter table {address} add column {definition}")


def _schema(connection: Connection) -> str | None:
    """The schema that stands for the tables' own, which have none."""
    return (connection.get_execution_options().get("schema_translate_map") or {}).get(None)


def _tell_what_the_nights_changed(connection: Connection) -> None:
    """Until decisions could be taken, only nights changed anything, and each event led to one status."""
    history = tables.exception_history
    status: dict[str, str | None] = {}
    for row in connection.execute(select(history).order_by(history.c.change_id)).mappings().all():
        before = status.get(row["exception_id"])
        after = status[row["exception_id"]] = _STATUS_AFTER.get(row["event"], before)
        connection.execute(
            update(history)
            .where(history.c.change_id == row["change_id"])
            .values(changed_by=NIGHT, from_status=before, to_status=after)
        )


def _tell_which_nights_updated_the_queue(connection: Connection) -> None:
    """A run that published, or that left a line of history, had updated the queue."""
    runs, history = tables.runs, tables.exception_history
    updated = runs.c.content_hash.is_not(None) | runs.c.run_id.in_(select(history.c.run_id))
    connection.execute(
        update(runs).where(updated).values(queue_updated_at=func.coalesce(runs.c.finished_at, runs.c.started_at))
    )
