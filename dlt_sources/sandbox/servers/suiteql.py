"""SuiteQL, the part that reads: parsed as Oracle SQL, checked against the records, translated for the store."""

from collections.abc import Mapping, Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

# Oracle's format elements and the store's; the longer ones first.
_FORMATS = (("YYYY", "%Y"), ("HH24", "%H"), ("MM", "%m"), ("DD", "%d"), ("MI", "%M"), ("SS", "%S"))
_FUNCTIONS = (
    exp.Count,
    exp.Sum,
    exp.Min,
    exp.Max,
    exp.Avg,
    exp.Abs,
    exp.Round,
    exp.Coalesce,
    exp.Nullif,
    exp.Case,
    exp.Cast,
    exp.Upper,
    exp.Lower,
    exp.Trim,
    exp.Length,
    exp.Substring,
    exp.Concat,
    exp.ToChar,
    exp.StrToTime,
    exp.StrToDate,
    exp.ToNumber,
    exp.And,
    exp.Or,
)


class SuiteQLError(ValueError):
    """A query NetSuite refuses; the message is the detail of its answer."""


def translate(text: str, parameters: Sequence[str], records: Mapping[str, Mapping[str, str]], tables: Mapping) -> str:
    """The query in the store's SQL, its columns named in lower case as the wire has them.

    `records` are the records with their fields and SQL types, `tables` the store's table of each. Raises SuiteQLError.
    """
    try:
        found = sqlglot.parse(text, read="oracle")
    except SqlglotError as error:
        raise SuiteQLError(f"Invalid or unsupported search. {_first_line(error)}") from error
    if len(found) != 1 or not isinstance(found[0], exp.Select | exp.SetOperation):
        raise SuiteQLError("Invalid or unsupported search. Only one SELECT statement is supported.")
    query = found[0]
    _refuse(query, records)
    _bind(query, parameters)
    try:
        query = qualify(
            query,
            schema={name: dict(fields) for name, fields in records.items()},
            dialect="oracle",
            quote_identifiers=False,
        )
    except SqlglotError as error:
        raise SuiteQLError(
            "Invalid search query. Detailed unprocessed description follows. Search error occurred: "
            f"{_first_line(error).lower().replace('column', 'Field')}. It was not found."
        ) from error
    for table in query.find_all(exp.Table):
        alias = table.alias_or_name
        table.set("this", exp.to_identifier(tables[table.name.lower()], quoted=True))
        table.set("alias", exp.TableAlias(this=exp.to_identifier(alias)))
    for selected in query.selects:
        if isinstance(selected, exp.Alias):
            selected.set("alias", exp.to_identifier(selected.alias.lower(), quoted=True))
    query = query.transform(_for_the_store)
    return query.sql(dialect="duckdb")


def _first_line(error: SqlglotError) -> str:
    return str(error).split("\n", maxsplit=1)[0].rstrip(".")


def _refuse(query: exp.Expression, records: Mapping[str, Mapping[str, str]]) -> None:
    """Raise on what SuiteQL does not have, and on records this role cannot see."""
    if query.find(exp.With):
        raise SuiteQLError("Invalid or unsupported search. WITH is not supported.")
    if query.find(exp.Limit, exp.Offset, exp.Fetch):
        raise SuiteQLError("Invalid or unsupported search. Pages are asked for by limit and offset of the request.")
    for table in query.find_all(exp.Table):
        if table.name.lower() not in records or table.db or not isinstance(table.this, exp.Identifier):
            raise SuiteQLError(
                "Invalid search query. Detailed unprocessed description follows. Search error occurred: "
                f"Record '{table.name or table.sql()}' was not found."
            )
    for called in query.find_all(exp.Func):
        if not isinstance(called, _FUNCTIONS):
            raise SuiteQLError(f"Invalid or unsupported search. Unknown function {called.sql_name()}.")


def _bind(query: exp.Expression, parameters: Sequence[str]) -> None:
    """Put the values of the request in the places of its question marks: what is all digits is a number."""
    marks = list(query.find_all(exp.Placeholder))
    if len(marks) != len(parameters):
        raise SuiteQLError(
            f"Invalid parameters: the query has {len(marks)} markers, {len(parameters)} values are given."
        )
    for mark, value in zip(marks, parameters, strict=True):
        is_number = str(value).lstrip("-").isdigit()
        mark.replace(exp.Literal.number(value) if is_number else exp.Literal.string(str(value)))


def _for_the_store(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.ToChar) and node.args.get("format"):
        pattern = node.args["format"].name
        for oracle, store in _FORMATS:
            pattern = pattern.replace(oracle, store)
        return exp.func("strftime", node.this, exp.Literal.string(pattern))
    return node
