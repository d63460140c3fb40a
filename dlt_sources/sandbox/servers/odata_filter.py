"""OData `$filter`, `$orderby` and key predicates, translated into SQL over one entity set's properties.

V2 names the type of a literal (`datetime'…'`), V4 writes dates, moments and ids bare, and names that of an enumeration
(`Example.Colour'Red'`), which may only be compared for being the same.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from dlt_sources.sandbox.servers.store import identifier

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<datetimeoffset>datetimeoffset'[^']*')
    | (?P<datetime>datetime'[^']*')
    | (?P<guid>guid'[^']*')
    | (?P<string>'(?:[^']|'')*')
    | (?P<decimal>-?\d+(?:\.\d+)?[mM])
    | (?P<number>-?\d+(?:\.\d+)?[lLdDfF]?)
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<symbol>[(),=])
    )""",
    re.VERBOSE,
)
_V4_TOKEN = re.compile(
    r"""\s*(?:
      (?P<moment>\d{4}-\d\d-\d\dT[\d:.]+Z)
    | (?P<id>[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})
    | (?P<day>\d{4}-\d\d-\d\d)
    | (?P<enum>(?:[A-Za-z_]\w*\.)+[A-Za-z_]\w*'[^']*')
    | (?P<string>'(?:[^']|'')*')
    | (?P<number>-?\d+(?:\.\d+)?)
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<symbol>[(),=])
    )""",
    re.VERBOSE,
)
_OPERATORS = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_KIND_OF_TYPE = {
    "varchar": "string",
    "boolean": "boolean",
    "date": "datetime",
    "timestamp": "datetime",
    "decimal": "number",
    "bigint": "number",
    "integer": "number",
    "enum": "enum",
}


class FilterError(ValueError):
    """A filter the service refuses; the message is fit for the error body."""


@dataclass
class Condition:
    """A translated expression: SQL with `?` marks and the values that fill them in order.

    `equals` says the same of an expression that does nothing but ask for certain texts: which property has which.
    """

    sql: str
    parameters: list[Any] = field(default_factory=list)
    equals: dict[str, str] | None = None


@dataclass(frozen=True)
class _Operand:
    sql: str
    parameters: list[Any]
    kind: str
    column: str = ""

    @property
    def is_text(self) -> bool:
        return self.kind == "string" and self.sql == "?"


def parse_filter(
    text: str, columns: Mapping[str, str], unfilterable: Collection[str] = (), *, version: int = 2
) -> Condition:
    """The `$filter` expression as SQL. Raises FilterError on bad syntax, unknown properties and mixed types."""
    parser = _Parser(text, columns, unfilterable, _V4_TOKEN if version == 4 else _TOKEN)
    condition = parser.disjunction()
    parser.expect_end()
    return condition


def parse_orderby(text: str, columns: Mapping[str, str]) -> str:
    """The `$orderby` list as SQL. Raises FilterError on an unknown property or direction."""
    parts = []
    for item in text.split(","):
        name, _, direction = item.strip().partition(" ")
        if direction.strip() not in ("", "asc", "desc"):
            raise FilterError(f"Invalid sort order '{direction.strip()}' in $orderby")
        parts.append(f"{identifier(_known(name, columns))} {direction.strip() or 'asc'}")
    return ", ".join(parts)


def parse_key(text: str, key: list[str], columns: Mapping[str, str]) -> Condition:
    """The key predicate between an entity's parentheses as SQL. Raises FilterError when it does not name the key."""
    if len(key) == 1 and "=" not in re.sub(r"'(?:[^']|'')*'", "", text):
        text = f"{key[0]}={text}"
    parser = _Parser(text, columns, ())
    named: dict[str, Condition] = {}
    while True:
        name = parser.take("name")
        parser.take_symbol("=")
        named[name] = parser.compared(parser.property(name), "=", parser.operand())
        if not parser.at_symbol(","):
            break
        parser.take_symbol(",")
    parser.expect_end()
    if set(named) != set(key):
        raise FilterError("The key predicate does not match the key of the entity: " + ", ".join(key))
    return Condition(" and ".join(c.sql for c in named.values()), [p for c in named.values() for p in c.parameters])


class _Parser:
    """Recursive descent over the tokens of one expression."""

    def __init__(
        self, text: str, columns: Mapping[str, str], unfilterable: Collection[str], token: re.Pattern[str] = _TOKEN
    ):
        self._text = text
        self._columns = columns
        self._unfilterable = unfilterable
        self._tokens = list(_tokens(text, token))
        self._position = 0

    def disjunction(self) -> Condition:
        return self._chain("or", self._conjunction)

    def _conjunction(self) -> Condition:
        return self._chain("and", self._negation)

    def _chain(self, word: str, part) -> Condition:
        conditions = [part()]
        while self._at("name", word):
            self._position += 1
            conditions.append(part())
        if len(conditions) == 1:
            return conditions[0]
        return Condition(
            f"({f' {word} '.join(c.sql for c in conditions)})",
            [p for c in conditions for p in c.parameters],
            _all_equal(conditions) if word == "and" else None,
        )

    def _negation(self) -> Condition:
        if self._at("name", "not"):
            self._position += 1
            inner = self._negation()
            return Condition(f"not {inner.sql}", inner.parameters)
        return self._comparison()

    def _comparison(self) -> Condition:
        if self.at_symbol("("):
            self.take_symbol("(")
            inner = self.disjunction()
            self.take_symbol(")")
            return Condition(f"({inner.sql})", inner.parameters)
        left = self.operand()
        if self._peek() and self._peek()[0] == "name" and self._peek()[1] in _OPERATORS:
            operator = _OPERATORS[self.take("name")]
            return self.compared(left, operator, self.operand())
        if left.kind != "boolean":
            raise FilterError(f"Invalid filter expression: {self._text}")
        return Condition(left.sql, left.parameters)

    def compared(self, left: _Operand, operator: str, right: _Operand) -> Condition:
        if "null" in (left.kind, right.kind):
            if operator not in ("=", "<>") or left.kind == "null":
                raise FilterError(f"null may only follow eq or ne: {self._text}")
            return Condition(f"{left.sql} is {'not ' if operator == '<>' else ''}null", left.parameters)
        if left.kind != right.kind:
            raise FilterError(f"Type mismatch between {left.kind} and {right.kind} in filter expression: {self._text}")
        if left.kind == "enum" and operator not in ("=", "<>"):
            raise FilterError(f"An enumeration may only follow eq or ne: {self._text}")
        equals = {left.column: right.parameters[0]} if left.column and operator == "=" and right.is_text else None
        return Condition(f"{left.sql} {operator} {right.sql}", left.parameters + right.parameters, equals)

    def operand(self) -> _Operand:
        kind, text = self._next()
        if kind == "name":
            if text in ("true", "false"):
                return _Operand("?", [text == "true"], "boolean")
            if text == "null":
                return _Operand("null", [], "null")
            return self._function(text) if self.at_symbol("(") else self.property(text)
        return _literal(kind, text)

    def property(self, name: str) -> _Operand:
        if name in self._unfilterable:
            raise FilterError(f"Property '{name}' is not filterable")
        kind = _KIND_OF_TYPE[self._columns[_known(name, self._columns)]]
        sql = identifier(name)
        return _Operand(f"cast({sql} as timestamp)" if kind == "datetime" else sql, [], kind, name)

    def _function(self, name: str) -> _Operand:
        self.take_symbol("(")
        arguments = [self.operand()]
        while self.at_symbol(","):
            self.take_symbol(",")
            arguments.append(self.operand())
        self.take_symbol(")")
        parameters = [value for argument in arguments for value in argument.parameters]
        texts = [argument.sql for argument in arguments]
        if all(argument.kind == "string" for argument in arguments):
            if name == "substringof" and len(texts) == 2:  # V2 puts the part before the whole
                return _Operand(
                    f"contains({texts[1]}, {texts[0]})", arguments[1].parameters + arguments[0].parameters, "boolean"
                )
            if name in ("startswith", "endswith") and len(texts) == 2:
                return _Operand(f"{name.replace('with', '_with')}({texts[0]}, {texts[1]})", parameters, "boolean")
            if name in ("tolower", "toupper") and len(texts) == 1:
                return _Operand(f"{name.removeprefix('to')}({texts[0]})", parameters, "string")
        raise FilterError(f"Function '{name}' is not supported in filter expression: {self._text}")

    def take(self, kind: str) -> str:
        found = self._next()
        if found[0] != kind:
            raise FilterError(f"Invalid filter expression: {self._text}")
        return found[1]

    def take_symbol(self, symbol: str) -> None:
        if self._next() != ("symbol", symbol):
            raise FilterError(f"'{symbol}' expected in expression: {self._text}")

    def at_symbol(self, symbol: str) -> bool:
        return self._at("symbol", symbol)

    def expect_end(self) -> None:
        if self._peek():
            raise FilterError(f"Invalid filter expression: {self._text}")

    def _at(self, kind: str, text: str) -> bool:
        return self._peek() == (kind, text)

    def _peek(self) -> tuple[str, str] | None:
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        if token is None:
            raise FilterError(f"Unexpected end of expression: {self._text}")
        self._position += 1
        return token


def _all_equal(conditions: list[Condition]) -> dict[str, str] | None:
    """The texts that all conditions together ask for; None when one asks for something else, or they disagree."""
    together: dict[str, str] = {}
    for condition in conditions:
        if condition.equals is None:
            return None
        for name, text in condition.equals.items():
            if together.setdefault(name, text) != text:
                return None
    return together


def _tokens(text: str, token: re.Pattern[str]):
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = token.match(text, position)
        if not match:
            raise FilterError(f"Invalid token at position {position + 1} of expression: {text}")
        yield match.lastgroup, match.group(match.lastgroup)
        position = match.end()


def _known(name: str, columns: Mapping[str, str]) -> str:
    if name not in columns:
        raise FilterError(f"Property {name} not found")
    return name


def _literal(kind: str, text: str) -> _Operand:
    if kind == "string":
        return _Operand("?", [text[1:-1].replace("''", "'")], "string")
    if kind in ("datetime", "datetimeoffset"):
        return _Operand("?", [_moment(text.split("'")[1], text)], "datetime")
    if kind in ("moment", "day"):
        return _Operand("?", [_moment(text, text)], "datetime")
    if kind == "id":
        return _Operand("?", [text.lower()], "string")
    if kind == "enum":
        return _Operand("?", [text.split("'")[1]], "enum")
    if kind in ("decimal", "number"):
        return _Operand("?", [Decimal(text.rstrip("mMlLdDfF"))], "number")
    raise FilterError(f"Literal {text} is not supported")


def _moment(text: str, whole: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise FilterError(f"Invalid date literal {whole}") from error
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
