"""Databases of systems on the company's own machines: tables of a snapshot in a SQLite file, or on a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import sqlalchemy as sa

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

_ROWS_AT_ONCE = 1000
# SQLite knows no decimals: what is declared as one is stored as a binary number. A replica keeps the digits as text, a
# program that somebody wrote counts whole minor units.
AS_DECIMAL, AS_TEXT, AS_MINOR_UNITS = "decimal", "text", "minor units"
_IN_SQLITE = {"sap_ecc": AS_TEXT, "sql_ledger": AS_MINOR_UNITS}


def fill(
    connection: sa.Connection,
    tables: Mapping[str, pa.Table],
    *,
    decimals: str = AS_DECIMAL,
    schema: str | None = None,
    named: Callable[[str], str] = str,
) -> None:
    """Makes the tables anew with their declared types, and their rows; `named` is how names are written there."""
    metadata = sa.MetaData(schema=schema)
    for name, rows in tables.items():
        columns = [sa.Column(named(field.name), _declared(field.type, decimals)) for field in rows.schema]
        table = sa.Table(named(name), metadata, *columns)
        table.drop(connection, checkfirst=True)
        table.create(connection)
        for part in _parts(rows.rename_columns([column.name for column in columns]), decimals):
            connection.execute(table.insert(), part)


def _declared(kind: pa.DataType, decimals: str) -> sa.types.TypeEngine:
    if pa.types.is_decimal(kind):
        exact = sa.Numeric(kind.precision, kind.scale)
        return {AS_DECIMAL: exact, AS_TEXT: sa.Text(), AS_MINOR_UNITS: sa.BigInteger()}[decimals]
    if pa.types.is_integer(kind):
        return sa.BigInteger()
    if pa.types.is_boolean(kind):
        return sa.Boolean()
    if pa.types.is_date(kind):
        return sa.Date()
    return sa.DateTime() if pa.types.is_timestamp(kind) else sa.String()


def _parts(rows: pa.Table, decimals: str) -> Iterator[list[dict[str, Any]]]:
    names = [field.name for field in rows.schema if pa.types.is_decimal(field.type)]
    for batch in rows.to_batches(_ROWS_AT_ONCE):
        part = batch.to_pylist()
        if decimals != AS_DECIMAL:
            scales = {name: rows.schema.field(name).type.scale for name in names}
            part = [row | {name: _written(row[name], scales[name], decimals) for name in names} for row in part]
        if part:
            yield part


def _written(value: Decimal | None, scale: int, decimals: str) -> str | int | None:
    if value is None:
        return None
    return str(value) if decimals == AS_TEXT else int(value.scaleb(scale))


def _file(system: str, snapshot: Snapshot, instance: str) -> dict[str, tuple[bytes, int]]:
    """The database of the system as one SQLite file, named after it."""
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        fill(connection, snapshot.vendor(system), decimals=_IN_SQLITE[system])
    with engine.connect() as connection:
        content = connection.connection.dbapi_connection.serialize()
    engine.dispose()
    return {f"{system}.sqlite": (content, snapshot.day)}


FILES = {system: partial(_file, system) for system in _IN_SQLITE}
