"""Expectation suites as data: `expectations/<schema>/<table>.yaml`, the file's path is the table it guards.

A suite is read strictly, because Great Expectations would skip an expectation whose type is misspelt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from dlt_sources.errors import ConfigurationError
from dlt_sources.strict_yaml import FastLoader, did_you_mean, read_mapping
from finance_assets.lib.project import EXPECTATIONS

# A snapshot that lost more than this is not believed, unless its suite says otherwise.
LARGEST_SHRINK_PERCENT = 50
_SUITE_KEYS = ("description", "largest_shrink_percent", "expectations")
_EXPECTATION_KEYS = ("type", "kwargs", "meta", "severity")
_COLUMN_ARGUMENTS = ("column", "column_A", "column_B")
_COLUMN_LIST_ARGUMENTS = ("column_list", "column_set")
_QUERY_ARGUMENT = "unexpected_rows_query"
BATCH = "{batch}"


@dataclass(frozen=True)
class Expectation:
    """One expectation of a suite, and the line it stands on."""

    type: str
    arguments: dict[str, Any]
    line: int
    severity: str = "critical"


@dataclass(frozen=True)
class Suite:
    """What must hold for the table: `<schema>.<name>`."""

    path: Path
    schema: str
    name: str
    expectations: tuple[Expectation, ...]
    largest_shrink_percent: int = LARGEST_SHRINK_PERCENT

    @property
    def table(self) -> str:
        """The table's address."""
        return f"{self.schema}.{self.name}"

    def check_columns(self, columns: Sequence[str]) -> None:
        """Raise ConfigurationError when an expectation names a column the table does not have."""
        for expectation in self.expectations:
            for column in _columns_of(expectation):
                if column not in columns:
                    raise ConfigurationError(
                        f"{self.path}, line {expectation.line}: {self.table} has no column '{column}'"
                        + did_you_mean(column, sorted(columns))
                    )

    def check_queries(self, columns: Sequence[str]) -> None:
        """Raise ConfigurationError when a query does not run on a table of these columns, all of them text."""
        queries = [each for each in self.expectations if _QUERY_ARGUMENT in each.arguments]
        if not queries:
            return
        with _scratch_database().cursor() as connection:
            listed = ", ".join(f'"{column}" varchar' for column in columns)
            connection.execute(f"create temp table batch ({listed})")
            for expectation in queries:
                try:
                    connection.execute(expectation.arguments[_QUERY_ARGUMENT].replace(BATCH, "batch"))
                except duckdb.Error as error:
                    raise ConfigurationError(
                        f"{self.path}, line {expectation.line}: the query does not run on {self.table}: {error}"
                    ) from error


def suite_path(schema: str, name: str, folder: Path = EXPECTATIONS) -> Path:
    """Return the file that guards the table."""
    return folder / schema / f"{name}.yaml"


def load_suite(path: Path) -> Suite:
    """Return the suite, its form checked; raise ConfigurationError naming the file, the line or key, and the remedy.

    Whether Great Expectations knows the types and arguments is checked where they are built, in `lib.gates`.
    """
    document = read_mapping(path)
    _check_keys(f"{path}", document, _SUITE_KEYS)
    items = document.get("expectations")
    if not isinstance(items, list) or not items:
        raise ConfigurationError(f"{path}: the suite expects nothing; list what must hold under 'expectations'")
    lines = _lines_of_expectations(path)
    expectations = tuple(_expectation(path, line, item) for line, item in zip(lines, items, strict=True))
    percent = document.get("largest_shrink_percent", LARGEST_SHRINK_PERCENT)
    if type(percent) is not int or not 0 <= percent <= 100:
        raise ConfigurationError(
            f"{path}: largest_shrink_percent must be a whole number from 0 to 100, but it is {percent!r}"
        )
    return Suite(path, path.parent.name, path.stem, expectations, percent)


def load_landing_suite(system: str, resource: str, fields: Sequence[str], folder: Path = EXPECTATIONS) -> Suite:
    """Return the suite that guards the loads of a resource, checked against the columns its source declares."""
    path = suite_path(f"landed_{system}", resource, folder)
    if not path.exists():
        raise ConfigurationError(f"{path}: there is no suite for {system}.{resource}; no load may enter without a gate")
    suite = load_suite(path)
    suite.check_columns(fields)
    suite.check_queries(fields)
    return suite


def load_suites(schema: str, folder: Path = EXPECTATIONS) -> list[Suite]:
    """Return the suites of a schema, by table; raise ConfigurationError when there is none."""
    suites = [load_suite(path) for path in sorted((folder / schema).glob("*.yaml"))]
    if not suites:
        raise ConfigurationError(f"{folder / schema}: there is no suite; a gate without expectations is open to all")
    return suites


def closest(name: str, known: Sequence[str]) -> str:
    """Return a hint at the name that was probably meant, or ''."""
    close = get_close_matches(name, known, n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def _expectation(path: Path, line: int, item: Any) -> Expectation:
    at = f"{path}, line {line}"
    if not isinstance(item, dict) or not isinstance(item.get("type"), str):
        raise ConfigurationError(f"{at}: an expectation needs a 'type', such as expect_column_values_to_not_be_null")
    _check_keys(at, item, _EXPECTATION_KEYS)
    arguments = item.get("kwargs", {})
    if not isinstance(arguments, dict):
        raise ConfigurationError(f"{at}: 'kwargs' must hold `argument: value` lines")
    query = arguments.get(_QUERY_ARGUMENT)
    if query is not None and BATCH not in str(query):
        raise ConfigurationError(f"{at}: the query must read {BATCH}, the rows under test")
    return Expectation(item["type"], arguments, line, item.get("severity", "critical"))


def _check_keys(at: str, given: dict[str, Any], allowed: Sequence[str]) -> None:
    for key in given:
        if key not in allowed:
            raise ConfigurationError(f"{at}: unknown key '{key}'" + did_you_mean(str(key), sorted(allowed)))


@cache
def _scratch_database() -> duckdb.DuckDBPyConnection:
    """An empty database to try queries in; to open one takes longer than to try them all."""
    return duckdb.connect()


def _lines_of_expectations(path: Path) -> list[int]:
    root = yaml.compose(path.read_text(encoding="utf-8"), FastLoader)
    items = next(value for key, value in root.value if key.value == "expectations")
    return [item.start_mark.line + 1 for item in items.value]


def _columns_of(expectation: Expectation) -> list[str]:
    arguments = expectation.arguments
    single = [arguments[name] for name in _COLUMN_ARGUMENTS if name in arguments]
    return single + [column for name in _COLUMN_LIST_ARGUMENTS for column in arguments.get(name, [])]
