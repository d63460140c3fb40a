"""One system's tables of the snapshot, in memory: filtered with SQL once, then encoded page by page."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

# A client reads one resource to its end, then the next; more than a few open readings are rare.
_KEPT_RESULTS = 8
# To plan the query that encodes rows takes longer than to encode the hundred of a small page: more are made at a time.
_BLOCK_ROWS = 2000
_KEPT_BLOCKS = 16


class Store:
    """Queryable tables by resource name. Safe to use from several threads."""

    def __init__(self, tables: Mapping[str, pa.Table]):
        self._connection = duckdb.connect()
        self._lock = threading.Lock()
        self._results: OrderedDict[tuple, pa.Table] = OrderedDict()
        self._blocks: OrderedDict[tuple, tuple[pa.Table, pa.ChunkedArray]] = OrderedDict()
        self._counts: dict[tuple, dict[tuple, int]] = {}
        self._parts: dict[tuple, tuple[pa.Table, dict[tuple, range]]] = {}
        self._columns: dict[str, dict[str, str]] = {}
        for name, table in tables.items():
            self._connection.register("incoming", _in_utc(table))
            self._create(name, "select * from incoming")
            self._connection.unregister("incoming")

    def _create(self, name: str, sql: str) -> None:
        self._connection.execute(f"create or replace table {identifier(name)} as {sql}")
        described = self._connection.execute(f"describe {identifier(name)}").fetchall()
        self._columns[name] = {column: kind.split("(")[0].lower() for column, kind, *_ in described}

    def __contains__(self, resource: str) -> bool:
        return resource in self._columns

    def columns(self, resource: str) -> dict[str, str]:
        """Column names with their SQL types (varchar, boolean, date, timestamp, decimal, bigint …)."""
        return self._columns[resource]

    def select(self, sql: str, parameters: Iterable[Any] = ()) -> pa.Table:
        """The rows of a query; a query asked again is answered from memory until the tables change."""
        values = list(parameters)
        key = (sql, *values)
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]
        rows = self._connection.cursor().execute(sql, values).to_arrow_table()
        with self._lock:
            _keep(self._results, key, rows, _KEPT_RESULTS)
        return rows

    def count(self, resource: str, equals: Mapping[str, Any]) -> int:
        """How many rows have these values; all combinations of the columns are counted at once, and remembered."""
        names = tuple(sorted(equals))
        key = (resource, *names)
        if key not in self._counts:
            columns = ", ".join(map(identifier, names))
            counted = self._connection.cursor().execute(
                f"select {columns}, count(*) from {identifier(resource)} group by all"
            )
            self._counts[key] = {tuple(values): rows for *values, rows in counted.fetchall()}
        return self._counts[key].get(tuple(equals[name] for name in names), 0)

    def part(self, resource: str, equals: Mapping[str, Any], order: str) -> pa.Table:
        """The rows that have these values, in the order; the table is sorted and divided once, and remembered."""
        key = (resource, *equals, order)
        if key not in self._parts:
            columns = ", ".join(map(identifier, equals))
            cursor = self._connection.cursor()
            cursor.execute(f"select * from {identifier(resource)} order by {columns}, {order}")
            rows = cursor.to_arrow_table()
            cursor.execute(f"select {columns}, count(*) from {identifier(resource)} group by all order by {columns}")
            places: dict[tuple, range] = {}
            stop = 0
            for *values, length in cursor.fetchall():
                start, stop = stop, stop + length
                places[tuple(values)] = range(start, stop)
            self._parts[key] = (rows, places)
        rows, places = self._parts[key]
        found = places.get(tuple(equals.values()), range(0))
        return rows.slice(found.start, len(found))

    def extend(self, resource: str, column: str, expression: str) -> None:
        """Adds a column: `expression` is SQL over the columns of `page`. Rows may change places."""
        sql = f"select page.*, {expression} as {identifier(column)} from {identifier(resource)} page"
        self._create(resource, sql)

    def insert(self, resource: str, row: Mapping[str, Any]) -> None:
        """Adds one row; columns it does not name stay null."""
        names = ", ".join(identifier(name) for name in row)
        marks = ", ".join("?" for _ in row)
        self._connection.cursor().execute(
            f"insert into {identifier(resource)} ({names}) values ({marks})", list(row.values())
        )
        with self._lock:
            self._results.clear()
            self._blocks.clear()
            self._counts.clear()
            self._parts.clear()

    def encode(self, rows: pa.Table, expression: str) -> list[str]:
        """One text per row: `expression` is SQL over the columns of `rows`, see `json_object` and `csv_record`."""
        return self._encoded(rows, expression).to_pylist()

    def encode_page(self, rows: pa.Table, expression: str, start: int, stop: int) -> list[str]:
        """The texts of some rows of a result; those around them are made too, and kept for the next pages."""
        texts: list[str] = []
        for first in range(start - start % _BLOCK_ROWS, min(stop, rows.num_rows), _BLOCK_ROWS):
            begin = max(start - first, 0)
            texts += self._block(rows, expression, first).slice(begin, stop - first - begin).to_pylist()
        return texts

    def _block(self, rows: pa.Table, expression: str, first: int) -> pa.ChunkedArray:
        key = (id(rows), expression, first)
        with self._lock:
            # The table is kept beside its texts, so that no other can take over its identity.
            if key in self._blocks:
                self._blocks.move_to_end(key)
                return self._blocks[key][1]
        encoded = self._encoded(rows.slice(first, _BLOCK_ROWS), expression)
        with self._lock:
            _keep(self._blocks, key, (rows, encoded), _KEPT_BLOCKS)
        return encoded

    def _encoded(self, rows: pa.Table, expression: str) -> pa.ChunkedArray:
        cursor = self._connection.cursor()
        cursor.register("page", rows)
        return cursor.execute(f"select {expression} from page").to_arrow_table().column(0)


def _keep(kept: OrderedDict[tuple, Any], key: tuple, value: Any, most: int) -> None:
    """Adds the newest and forgets the oldest."""
    kept[key] = value
    while len(kept) > most:
        kept.popitem(last=False)


def identifier(name: str) -> str:
    """The name quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """The text as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def json_string(expression: str) -> str:
    """SQL for a quoted and escaped JSON string, or null."""
    return f"coalesce(to_json({expression})::varchar, 'null')"


def json_bare(expression: str) -> str:
    """SQL for text that is JSON already: numbers in their exact digits, booleans, objects."""
    return f"coalesce(({expression})::varchar, 'null')"


def json_object(members: Sequence[tuple[str, str]]) -> str:
    """SQL for one JSON object; `members` are names with the SQL of their (never null) JSON text."""
    pieces = ["'{'"]
    for position, (name, fragment) in enumerate(members):
        comma = "," if position else ""
        pieces += [literal(f'{comma}"{name}":'), fragment]
    return f"concat({', '.join(pieces)}, '}}')"


def csv_record(expressions: Sequence[str], separator: str = ",", *, quote_all: bool = True) -> str:
    """SQL for one CSV record; nulls are empty. Without `quote_all` only values that need quotes have them."""
    values = []
    for expression in expressions:
        text = f"coalesce(({expression})::varchar, '')"
        quoted = f"""concat('"', replace({text}, '"', '""'), '"')"""
        needs_quotes = f"""regexp_matches({text}, '["\\r\\n{separator}]')"""
        values.append(quoted if quote_all else f"case when {needs_quotes} then {quoted} else {text} end")
    return f"concat_ws({literal(separator)}, {', '.join(values)})"


def plain_decimal(expression: str) -> str:
    """SQL for a decimal's digits without trailing zeros after the point (12.50 → 12.5, 3.000 → 3)."""
    text = f"({expression})::varchar"
    return f"case when contains({text}, '.') then rtrim(rtrim({text}, '0'), '.') else {text} end"


def _in_utc(table: pa.Table) -> pa.Table:
    """Timestamps with a zone become plain UTC ones; every server writes UTC."""
    fields = [
        pa.field(field.name, pa.timestamp("us")) if pa.types.is_timestamp(field.type) and field.type.tz else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))
