"""SOQL, the part that reads one object and its parents, translated into SQL."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from dlt_sources.sandbox.servers.store import identifier

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^'\\]|\\.)*')
    | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
    | (?P<date>\d{4}-\d\d-\d\d)
    | (?P<number>[+-]?\d+(?:\.\d+)?)
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*(?::\d+)?)
    | (?P<symbol><=|>=|!=|<>|[=<>(),])
    )""",
    re.VERBOSE,
)
_KIND_OF_TYPE = {
    "varchar": "string",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "datetime",
    "decimal": "number",
    "bigint": "number",
    "integer": "number",
}
_COMPARISONS = frozenset({"=", "!=", "<>", "<", "<=", ">", ">="})
_CLAUSES = frozenset({"FROM", "WHERE", "ORDER", "LIMIT", "OFFSET", "GROUP", "HAVING", "WITH", "FOR"})


class SoqlError(ValueError):
    """A query Salesforce refuses; `code` is its errorCode."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class SObject:
    """One object as SOQL sees it: the table behind it, its fields with SQL types, its parents by relationship name."""

    name: str
    resource: str
    fields: Mapping[str, str]
    parents: Mapping[str, tuple[str, str]]  # relationship → (reference field, object)


@dataclass(frozen=True)
class Column:
    """One selected field: the path as asked in its real spelling, its SQL type, and its name in the result."""

    path: tuple[str, ...]
    kind: str
    alias: str


@dataclass
class Query:
    """A translated query; `columns` is empty for `COUNT()`."""

    sobject: str
    columns: list[Column]
    sql: str
    parameters: list[Any]
    is_count: bool
    has_offset: bool
    # Relationship path → the object it leads to and the result column that says whether there is one.
    parents: dict[tuple[str, ...], tuple[str, str]] = field(default_factory=dict)


def parse_soql(text: str, objects: Mapping[str, SObject], today: date, *, include_deleted: bool) -> Query:
    """The query as SQL over the objects' tables. Raises SoqlError with Salesforce's error codes."""
    return _Parser(text, objects, today, include_deleted).query()


class _Parser:
    def __init__(self, text: str, objects: Mapping[str, SObject], today: date, include_deleted: bool):
        self._text = text
        self._objects = {name.lower(): sobject for name, sobject in objects.items()}
        self._today = today
        self._include_deleted = include_deleted
        self._tokens = list(_tokens(text))
        self._position = 0
        self._joins: dict[tuple[str, ...], tuple[SObject, str]] = {}
        self._parameters: list[Any] = []

    def query(self) -> Query:
        self._keyword("SELECT")
        names = self._selected_names()
        self._keyword("FROM")
        self._root = self._sobject(self._take("name"))
        if (following := self._peek()) and following[0] == "name" and following[1].upper() not in _CLAUSES:
            self._take("name")  # an alias of the object; fields are rarely qualified by it
        is_count = names == ["COUNT()"]
        columns = [] if is_count else [self._column(name, position) for position, name in enumerate(names)]
        where = self._where()
        order = self._order()
        limit = self._number_after("LIMIT")
        offset = self._number_after("OFFSET")
        if self._peek():
            raise self._malformed()
        selected = (
            "count(*)"
            if is_count
            else ", ".join(f"{self._sql_of(column.path)} as {identifier(column.alias)}" for column in columns)
        )
        parents = {}
        if not is_count:
            for path, (sobject, alias) in self._joins.items():
                marker = f"has {'.'.join(path)}"
                parents[path] = (sobject.name, marker)
                selected += f', {alias}."Id" as {identifier(marker)}'
            selected += ', root."Id" as "record id"'
        sql = f"select {selected} from {identifier(self._root.resource)} root{self._join_sql()}{where}"
        if not is_count:
            sql += order or ' order by root."Id"'
        sql += f" limit {limit}" if limit is not None else ""
        sql += f" offset {offset}" if offset is not None else ""
        return Query(self._root.name, columns, sql, self._parameters, is_count, offset is not None, parents)

    # Clauses

    def _selected_names(self) -> list[str]:
        names = []
        while True:
            if self._at_symbol("("):
                raise SoqlError("MALFORMED_QUERY", "subqueries of child records are not offered by this server")
            name = self._take("name")
            if self._at_symbol("("):
                self._symbol("(")
                self._symbol(")")
                if name.upper() != "COUNT" or names:
                    raise self._malformed()
                return ["COUNT()"]
            names.append(name)
            if not self._at_symbol(","):
                return names
            self._symbol(",")

    def _where(self) -> str:
        conditions = []
        if not self._include_deleted and "IsDeleted" in self._root.fields:
            conditions.append('root."IsDeleted" is not true')
        if self._at_word("WHERE"):
            self._keyword("WHERE")
            conditions.append(self._condition())
        return f" where {' and '.join(conditions)}" if conditions else ""

    def _condition(self) -> str:
        """A chain of one kind of connective; SOQL wants parentheses where AND meets OR."""
        parts = [self._negation()]
        connective = None
        while self._at_word("AND") or self._at_word("OR"):
            word = self._take("name").upper()
            if connective not in (None, word):
                raise SoqlError("MALFORMED_QUERY", f"unexpected token: {word}")
            connective = word
            parts.append(self._negation())
        return parts[0] if connective is None else f"({f' {connective} '.join(parts)})"

    def _negation(self) -> str:
        if self._at_word("NOT"):
            self._keyword("NOT")
            return f"(not {self._negation()})"
        if self._at_symbol("("):
            self._symbol("(")
            inner = self._condition()
            self._symbol(")")
            return f"({inner})"
        return self._comparison()

    def _comparison(self) -> str:
        path, kind = self._resolve(self._take("name"))
        column = self._sql_of(path)
        if self._at_word("IN") or self._at_word("NOT"):
            return self._membership(path, column, kind)
        if self._at_word("LIKE"):
            self._keyword("LIKE")
            if kind != "varchar":
                raise SoqlError("INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {path[-1]} field")
            self._parameters.append(self._value(path, kind))
            return f"{column} ilike ? escape '\\'"
        operator = self._take("symbol")
        if operator not in _COMPARISONS:
            raise self._malformed()
        value = self._value(path, kind)
        if value is None:
            return f"{column} is {'null' if operator == '=' else 'not null'}"
        self._parameters.append(_folded(value, path))
        column = _folded_sql(column, path, kind)
        if operator in ("!=", "<>"):
            return f"{column} is distinct from ?"
        return f"coalesce({column} {operator} ?, false)"

    def _membership(self, path: tuple[str, ...], column: str, kind: str) -> str:
        negated = self._at_word("NOT")
        if negated:
            self._keyword("NOT")
        self._keyword("IN")
        self._symbol("(")
        values = [self._value(path, kind)]
        while self._at_symbol(","):
            self._symbol(",")
            values.append(self._value(path, kind))
        self._symbol(")")
        self._parameters += [_folded(value, path) for value in values]
        test = f"coalesce({_folded_sql(column, path, kind)} in ({', '.join('?' for _ in values)}), false)"
        return f"(not {test})" if negated else test

    def _order(self) -> str:
        if not self._at_word("ORDER"):
            return ""
        self._keyword("ORDER")
        self._keyword("BY")
        parts = []
        while True:
            path, _ = self._resolve(self._take("name"))
            direction = self._take("name").upper() if self._at_word("ASC") or self._at_word("DESC") else "ASC"
            nulls = "FIRST"
            if self._at_word("NULLS"):
                self._keyword("NULLS")
                nulls = self._take("name").upper()
                if nulls not in ("FIRST", "LAST"):
                    raise self._malformed()
            parts.append(f"{self._sql_of(path)} {direction} nulls {nulls}")
            if not self._at_symbol(","):
                return f' order by {", ".join(parts)}, root."Id"'
            self._symbol(",")

    def _number_after(self, word: str) -> int | None:
        if not self._at_word(word):
            return None
        self._keyword(word)
        number = int(self._take("number"))
        if word == "OFFSET" and number > 2000:
            raise SoqlError("NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")
        return number

    # Fields and values

    def _sobject(self, name: str) -> SObject:
        sobject = self._objects.get(name.lower())
        if sobject is None:
            raise SoqlError(
                "INVALID_TYPE",
                f"{self._located(name)}sObject type '{name}' is not "
                "supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity "
                "name. Please reference your WSDL or the describe call for the appropriate names.",
            )
        return sobject

    def _column(self, name: str, position: int) -> Column:
        path, kind = self._resolve(name)
        return Column(path, kind, f"c{position}")

    def _resolve(self, name: str) -> tuple[tuple[str, ...], str]:
        """The path in its real spelling and the SQL type of its field; remembers the parents it passes."""
        sobject = self._root
        path: tuple[str, ...] = ()
        *relationships, last = name.split(".")
        for asked in relationships:
            parents = {known.lower(): known for known in sobject.parents}
            if asked.lower() not in parents:
                raise SoqlError(
                    "INVALID_FIELD",
                    f"{self._located(name)}Didn't understand relationship "
                    f"'{asked}' in field path. If you are attempting to use a custom relationship, be sure to append "
                    "the '__r' after the custom relationship name.",
                )
            relationship = parents[asked.lower()]
            path += (relationship,)
            sobject = self._objects[sobject.parents[relationship][1].lower()]
            self._joins.setdefault(path, (sobject, f"parent{len(self._joins)}"))
        fields = {known.lower(): known for known in sobject.fields}
        if last.lower() not in fields:
            raise SoqlError(
                "INVALID_FIELD",
                f"{self._located(name)}No such column '{last}' on entity "
                f"'{sobject.name}'. If you are attempting to use a custom field, be sure to append the '__c' after the "
                "custom field name. Please reference your WSDL or the describe call for the appropriate names.",
            )
        real = fields[last.lower()]
        return (*path, real), sobject.fields[real]

    def _sql_of(self, path: tuple[str, ...]) -> str:
        alias = self._joins[path[:-1]][1] if len(path) > 1 else "root"
        return f"{alias}.{identifier(path[-1])}"

    def _join_sql(self) -> str:
        joins = ""
        for path, (sobject, alias) in self._joins.items():
            child, child_alias = self._joins[path[:-1]] if len(path) > 1 else (self._root, "root")
            reference = child.parents[path[-1]][0]
            joins += (
                f" left join {identifier(sobject.resource)} {alias} "
                f'on {alias}."Id" = {child_alias}.{identifier(reference)}'
            )
        return joins

    def _value(self, path: tuple[str, ...], column_kind: str) -> Any:
        """The value after an operator, of the field's own type; None for null."""
        kind, text = self._next()
        wanted = _KIND_OF_TYPE[column_kind]
        if kind == "name":
            word = text.upper()
            if word == "NULL":
                return None
            if word in ("TRUE", "FALSE") and wanted == "boolean":
                return word == "TRUE"
            if wanted in ("date", "datetime") and (moment := self._date_literal(word)) is not None:
                return moment if wanted == "date" else datetime.combine(moment, datetime.min.time())
        reader = _READERS.get((kind, wanted))
        if reader is None:
            quoted = "should be enclosed in quotes" if wanted == "string" else "should not be enclosed in quotes"
            raise SoqlError(
                "INVALID_FIELD",
                f"{self._located(text)}value of filter criterion for field "
                f"'{path[-1]}' must be of type {_SALESFORCE_TYPE[wanted]} and {quoted}",
            )
        return reader(text)

    def _date_literal(self, word: str) -> date | None:
        name, _, days = word.partition(":")
        offsets = {"TODAY": 0, "YESTERDAY": 1, "LAST_N_DAYS": int(days or 0)}
        return self._today - timedelta(days=offsets[name]) if name in offsets else None

    def _located(self, part: str) -> str:
        """The head of an error message: the query and where in it the part stands."""
        return f"\n{self._text}\n^\nERROR at Row:1:Column:{self._text.find(part) + 1}\n"

    # Tokens

    def _malformed(self) -> SoqlError:
        found = self._peek()
        near = found[1] if found else "<EOF>"
        return SoqlError("MALFORMED_QUERY", f"unexpected token: '{near}'")

    def _peek(self) -> tuple[str, str] | None:
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        if token is None:
            raise self._malformed()
        self._position += 1
        return token

    def _take(self, kind: str) -> str:
        token = self._peek()
        if token is None or token[0] != kind:
            raise self._malformed()
        return self._next()[1]

    def _at_word(self, word: str) -> bool:
        token = self._peek()
        return token is not None and token[0] == "name" and token[1].upper() == word

    def _at_symbol(self, symbol: str) -> bool:
        return self._peek() == ("symbol", symbol)

    def _keyword(self, word: str) -> None:
        if not self._at_word(word):
            raise self._malformed()
        self._position += 1

    def _symbol(self, symbol: str) -> None:
        if not self._at_symbol(symbol):
            raise self._malformed()
        self._position += 1


def _tokens(text: str):
    position, text = 0, text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match:
            raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{text[position:].split()[0]}'")
        yield match.lastgroup, match.group(match.lastgroup)
        position = match.end()


def _string(text: str) -> str:
    escapes = {"n": "\n", "t": "\t", "r": "\r"}
    # A pattern's own escapes stay for LIKE to read.
    return re.sub(r"\\([^_%])", lambda found: escapes.get(found[1], found[1]), text[1:-1])


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


_READERS: dict[tuple[str, str], Callable[[str], Any]] = {
    ("string", "string"): _string,
    ("number", "number"): Decimal,
    ("date", "date"): date.fromisoformat,
    ("datetime", "datetime"): _utc,
}
_SALESFORCE_TYPE = {
    "string": "string",
    "number": "double",
    "date": "date",
    "datetime": "dateTime",
    "boolean": "boolean",
}


def _is_id(path: tuple[str, ...]) -> bool:
    return path[-1].endswith("Id")


def _folded(value: Any, path: tuple[str, ...]) -> Any:
    """Text compares without case, ids with it; a 15-character id means the same record as its 18-character form."""
    if not isinstance(value, str):
        return value
    return value[:15] if _is_id(path) and len(value) in (15, 18) else value.lower()


def _folded_sql(column: str, path: tuple[str, ...], kind: str) -> str:
    if kind != "varchar":
        return column
    return f"left({column}, 15)" if _is_id(path) else f"lower({column})"
