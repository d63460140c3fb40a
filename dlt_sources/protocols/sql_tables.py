"""Tables of a database, read by query: system.yaml or the company file says which, and what their columns mean."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import reduce
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field, model_validator

from dlt_sources.errors import ConfigurationError, ContractBreach
from dlt_sources.protocols.databases import Database
from dlt_sources.protocols.reader import Assignment, Page, Reader, Row
from dlt_sources.spec import NonEmpty, ResourceSpec, SnakeCase, Strict
from dlt_sources.strict_yaml import did_you_mean, validate

COMPACT_DATE = "%Y%m%d"


class SqlTable(Strict):
    """A table as an instance's option describes it: `table` or `query`, and the columns by our names.

    `scale` gives for whole numbers how many of their digits stand behind the point: 2 makes 1250 out of cents 12.50.
    """

    table: str = ""
    query: str = ""
    columns: Annotated[dict[SnakeCase, NonEmpty], Field(min_length=1)]
    scale: dict[SnakeCase, Annotated[int, Field(ge=0, le=12)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_one_of_both(self) -> SqlTable:
        if bool(self.table) == bool(self.query):
            raise ValueError("give either `table` or `query`")
        if unknown := sorted(set(self.scale) - set(self.columns)):
            raise ValueError(f"scale {unknown} is not among the columns")
        return self


class SqlTablesRequest(Strict):
    """A resource's `path` is a table, or `{option}` where the company file describes it.

    `equals` are columns with the value that rows must have; it may use an {option}. `entity` is the field that an
    instance's `entities` are looked for in. `newest_of`: the cursor's field is the newest of these columns. `needs` are
    the names that a company has to map; others stay empty where it does not.
    """

    equals: dict[str, str] = Field(default_factory=dict)
    entity: str = ""
    newest_of: list[NonEmpty] = Field(default_factory=list)
    needs: list[NonEmpty] = Field(default_factory=list)


class SqlTablesReader(Reader):
    """Reads the declared columns of each table, whole or from the cursor on; every value exactly as it is stored."""

    Request = SqlTablesRequest

    def __init__(self, assignment: Assignment) -> None:
        super().__init__(assignment)
        self.database = Database(assignment, assignment.options.get("schema", ""))
        self._subqueries: dict[str, sa.FromClause] = {}
        self.described = {
            option: self._described(option) for option in self._options() if assignment.options.get(option) is not None
        }

    @property
    def requests(self) -> int:
        """How many statements were sent."""
        return self.database.pacer.requests

    def close(self) -> None:
        """End the transaction and the connection."""
        self.database.close()

    def pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield the rows of the resource's table; nothing for a table that the company file does not describe."""
        option = _option_of(resource)
        if option is not None and option not in self.described:
            return
        query = self.query(resource)
        converters = self._converters(resource, query, option)
        empty = dict.fromkeys(resource.fields)
        for page in self.database.rows(resource.name, self.what(resource), query):
            yield [{**empty, **_as_text(row, converters)} for row in page]

    def what(self, resource: ResourceSpec) -> str:
        """Return how messages call the resource's table."""
        described = self._description(resource)
        name = described.table if described else resource.path
        return f"table {name}" if name else "the query of the company file"

    def query(self, resource: ResourceSpec) -> sa.Select:
        """Return the query for the resource's fields: all rows, or those changed since the cursor."""
        columns = self.columns(resource)
        return sa.select(*(column.label(field) for field, column in columns.items())).where(
            *self.conditions(resource), *self.changed(resource, columns)
        )

    def columns(self, resource: ResourceSpec) -> dict[str, sa.ColumnElement]:
        """Return the column of every field that the table has; raise ContractBreach when a declared one is gone."""
        request = self.request(resource)
        described = self._description(resource)
        names = described.columns if described else {field: field for field in resource.fields}
        computed = resource.cursor.field if request.newest_of and resource.cursor else None
        found = {
            field: self.column(resource, names[field])
            for field in resource.fields
            if field in names and field != computed
        }
        if computed:
            found[computed] = newest([self.column(resource, name) for name in request.newest_of])
        return {field: found[field] for field in resource.fields if field in found}

    def column(self, resource: ResourceSpec, name: str) -> sa.ColumnElement:
        """Return a column of the resource's table, in whatever case the database writes it."""
        return self.column_of(resource, self.source(resource), name, self.what(resource))

    def column_of(self, resource: ResourceSpec, source: sa.FromClause, name: str, what: str) -> sa.ColumnElement:
        """Return a column of a table; raise ContractBreach when it is not there or holds binary numbers."""
        alike = [column for column in source.c if column.name.casefold() == name.casefold()]
        exact = [column for column in alike if column.name == name] or alike
        if len(exact) != 1:
            known = sorted(column.name for column in source.c)
            raise self.assignment.breach(resource.name, f"{what} has no column {name}" + did_you_mean(name, known))
        (column,) = exact
        kind = column.type
        is_binary = isinstance(kind, sa.Float) or (isinstance(kind, sa.Numeric) and not self.database.keeps_decimals)
        if is_binary:
            raise self.binary_number(resource, what, name)
        return column

    def source(self, resource: ResourceSpec) -> sa.FromClause:
        """Return the resource's table, or the query that the company file gives instead of one."""
        described = self._description(resource)
        if described and described.query:
            return self._subquery(resource, described.query)
        return self.database.table(resource.name, described.table if described else resource.path)

    def conditions(self, resource: ResourceSpec) -> list[sa.ColumnElement[bool]]:
        """Return what a row of the resource must be like, whenever it was changed."""
        request = self.request(resource)
        wanted = [
            self.column(resource, name) == value.format(**self.assignment.options)
            for name, value in request.equals.items()
        ]
        if request.entity and self.assignment.entities:
            described = self._description(resource)
            name = described.columns[request.entity] if described else request.entity
            wanted.append(self.column(resource, name).in_(self.assignment.entities))
        return wanted

    def changed(self, resource: ResourceSpec, columns: dict[str, sa.ColumnElement]) -> list[sa.ColumnElement[bool]]:
        """Return the condition of a row changed since the cursor; none on the first load and for snapshots.

        A row whose moment is missing is read every time: nothing tells whether it is new.
        """
        since = self.read_from(resource)
        if since is None or resource.cursor.field not in columns:
            return []
        if newest_of := self.request(resource).newest_of:
            return [self.any_since(resource, [self.column(resource, name) for name in newest_of], since)]
        column = columns[resource.cursor.field]
        return [sa.or_(self.any_since(resource, [column], since), column.is_(None))]

    def any_since(
        self, resource: ResourceSpec, columns: Iterable[sa.ColumnElement], since: datetime
    ) -> sa.ColumnElement[bool]:
        """Return the condition that one of the columns is not before the moment: each by itself, as indexes are."""
        return sa.or_(*(column >= self._comparable(resource, column, since) for column in columns))

    def binary_number(self, resource: ResourceSpec, what: str, name: str) -> ContractBreach:
        """Return the error of a column whose numbers are not exact."""
        return self.database.error(
            ContractBreach,
            resource.name,
            f"column {name} of {what} holds binary floating-point numbers, in which amounts are not exact",
            "keep it as decimal, as text or as whole minor units with a `scale`, or read a view that casts it",
        )

    def _comparable(self, resource: ResourceSpec, column: sa.ColumnElement, since: datetime) -> Any:
        """Return the moment in the notation of the column; text is compared by its day."""
        kind = column.type
        if isinstance(kind, sa.DateTime):
            return since if kind.timezone else since.replace(tzinfo=None)
        if isinstance(kind, sa.Date):
            return since.date()
        if isinstance(kind, sa.String | sa.types.NullType):
            is_compact = resource.cursor.kind == "compact_date"
            return since.strftime(COMPACT_DATE) if is_compact else since.date().isoformat()
        problem = f"the cursor's column {column.name} is of type {kind}, not a date, a moment or text"
        raise self.assignment.breach(resource.name, problem)

    def _description(self, resource: ResourceSpec) -> SqlTable | None:
        """Return what the company file says about the resource's table; None where system.yaml says it all."""
        return self.described.get(_option_of(resource) or "")

    def _subquery(self, resource: ResourceSpec, text: str) -> sa.FromClause:
        if text not in self._subqueries:
            self._subqueries[text] = self.database.subquery(resource.name, text)
        return self._subqueries[text]

    def _options(self) -> list[str]:
        return sorted({option for each in self.assignment.system.resources.values() if (option := _option_of(each))})

    def _described(self, option: str) -> SqlTable:
        at = ("instances", self.assignment.instance, "options", option)
        company_file = Path("company file")
        described = validate(SqlTable, self.assignment.options[option], company_file, at)
        own = [each for each in self.assignment.system.resources.values() if _option_of(each) == option]
        allowed = sorted({field for each in own for field in each.fields})
        place = f"{company_file}: {'.'.join(at)}.columns"
        for name in described.columns:
            if name not in allowed:
                raise ConfigurationError(f"{place}: unknown name '{name}'" + did_you_mean(name, allowed))
        for name in (need for each in own for need in self.request(each).needs):
            if name not in described.columns:
                raise ConfigurationError(f"{place}: '{name}' is missing: say which column it is")
        return described

    def _converters(
        self, resource: ResourceSpec, query: sa.Select, option: str | None
    ) -> dict[str, Callable[[Any], str | None]]:
        """Return how the values of each column become text."""
        scale = self.described[option].scale if option else {}
        what = self.what(resource)

        def refuse(name: str) -> Callable[[], ContractBreach]:
            return lambda: self.binary_number(resource, what, name)

        return {
            column.name: _scaled(scale[column.name], refuse(column.name))
            if column.name in scale
            else _exact(refuse(column.name))
            for column in query.selected_columns
        }


def newest(columns: list[sa.ColumnElement]) -> sa.ColumnElement:
    """Return the greatest of text columns in SQL that every engine speaks; a missing one is less than all others."""
    filled = [sa.func.coalesce(column, "") for column in columns]
    return reduce(lambda best, other: sa.case((best >= other, best), else_=other), filled)


def _option_of(resource: ResourceSpec) -> str | None:
    """The option that describes the resource's table, if one does."""
    return resource.path[1:-1] if resource.path.startswith("{") else None


def _as_text(row: Row, converters: dict[str, Callable[[Any], str | None]]) -> Row:
    return {name: convert(row[name]) for name, convert in converters.items()}


def _scaled(digits: int, refusal: Callable[[], ContractBreach]) -> Callable[[Any], str | None]:
    """Return the converter of whole numbers whose last digits stand behind the point."""

    def convert(value: Any) -> str | None:
        if value is None:
            return None
        if not isinstance(value, int | Decimal):
            raise refusal() if isinstance(value, float) else ValueError("a value with a scale is not a whole number")
        return format(Decimal(value).scaleb(-digits), "f")

    return convert


def _exact(refusal: Callable[[], ContractBreach]) -> Callable[[Any], str | None]:
    """Return the converter of all else: decimals with all their digits, moments in UTC where they name a zone."""

    def convert(value: Any) -> str | None:
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, Decimal):
            return format(value, "f")
        if isinstance(value, float):
            raise refusal()
        if isinstance(value, datetime):
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if value.tzinfo else value.isoformat()
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, bytes | memoryview):
            return bytes(value).hex()
        if isinstance(value, dict | list):
            return json.dumps(value, default=str)
        return str(value)

    return convert
