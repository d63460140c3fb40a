"""Evaluates expectation suites with Great Expectations, as SQL inside DuckDB, on nothing but the rows in question.

The package is imported when a gate opens: it costs seconds, and most commands need no gate.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dlt_sources.errors import ConfigurationError
from finance_assets.control.store import SuiteResult
from finance_assets.lib.suites import Expectation, Suite, closest

# What a finding shows of the rows that failed; enough to recognise the pattern.
SAMPLES = 5
CRITICAL = "critical"
# Great Expectations keeps one current project per process.
_ONE_GATE_AT_A_TIME = threading.Lock()


class GateError(RuntimeError):
    """A suite could not be evaluated. That says nothing about the data: nothing is accepted, nothing is blamed."""


@dataclass(frozen=True)
class Subject:
    """Rows to be judged: a suite, the query that selects them, and values for its `$PARAMETER`s."""

    suite: Suite
    query: str
    hides_values: bool = False
    fewest_rows: int = 0


def load_query(schema: str, table: str, load_id: str) -> str:
    """Return the query of one load's rows: the cost of a gate does not grow with the years."""
    return f"""select * from "{schema}"."{table}" where _load_id = '{load_id}'"""


def fewest_rows(suite: Suite, rows_before: int) -> int:
    """Return how many rows a snapshot must have, given how many the last accepted one had."""
    return math.ceil(rows_before * (100 - suite.largest_shrink_percent) / 100)


def load_engine() -> None:
    """Import the engine, which takes seconds, when there is time for it; a gate does it by itself."""
    _great_expectations()


def check_suites(suites: Sequence[Suite]) -> None:
    """Raise ConfigurationError, with file and line, for an expectation or argument that does not exist."""
    for suite in suites:
        for expectation in suite.expectations:
            _build(suite, expectation)


def evaluate(database: Path, subjects: Sequence[Subject]) -> list[SuiteResult]:
    """Return what every suite found in the DuckDB file, which is opened read-only.

    Raises GateError when an expectation could not be evaluated, or fewer were than the suite has.
    """
    with _ONE_GATE_AT_A_TIME, _datasource(database) as datasource:
        return [_evaluate_subject(datasource, number, subject) for number, subject in enumerate(subjects)]


def describe_findings(results: Sequence[SuiteResult]) -> str:
    """Return in one line what is wrong, for a person."""
    critical = [
        f"{result.table}: {finding['what']}"
        for result in results
        for finding in result.findings
        if finding["severity"] == CRITICAL
    ]
    return "; ".join(critical)


@cache
def _great_expectations() -> Any:
    """Import the package and let it speak to DuckDB, whose connection it would close before reading the answer."""
    import great_expectations
    from great_expectations.execution_engine import sqlalchemy_execution_engine

    class _DuckDbDialect(str):
        @property
        def value(self) -> str:
            return str(self)

    known = sqlalchemy_execution_engine._PERSISTED_CONNECTION_DIALECTS
    sqlalchemy_execution_engine._PERSISTED_CONNECTION_DIALECTS = (*known, _DuckDbDialect("duckdb"))
    return great_expectations


@contextmanager
def _datasource(database: Path) -> Iterator[Any]:
    context = _great_expectations().get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    # It would write its project out as YAML, to keep it nowhere, twice for every suite.
    context._save_project_config = lambda: None
    datasource = context.data_sources.add_sql(
        "duckdb",
        connection_string=f"duckdb:///{database}",
        kwargs={"connect_args": {"read_only": True}},
    )
    try:
        yield datasource
    finally:
        # Whoever writes the file next in this process needs every reader gone: the tested engine and the used one.
        engine = datasource.get_execution_engine()
        if engine._connection:
            engine._connection.close()
        engine.close()
        datasource.get_engine().dispose()


def _evaluate_subject(datasource: Any, number: int, subject: Subject) -> SuiteResult:
    suite = subject.suite
    expectations = [_build(suite, expectation) for expectation in suite.expectations]
    if subject.fewest_rows:
        shrink = {
            "min_value": subject.fewest_rows,
            "description": f"the snapshot lost at most {suite.largest_shrink_percent} percent of its rows",
        }
        expectations.append(_build(suite, Expectation("expect_table_row_count_to_be_between", shrink, line=0)))
    asset = datasource.add_query_asset(f"{suite.table} {number}", query=subject.query)
    batch = asset.add_batch_definition_whole_table("load").get_batch()
    results = _validate(batch, suite, expectations, "BOOLEAN_ONLY")
    if not all(result.success for result in results):
        # How many rows and which is worth asking only of a suite that does not hold.
        results = _validate(batch, suite, expectations, "BASIC")
    findings = [_finding(result, subject.hides_values) for result in results if not result.success]
    is_passed = not any(finding["severity"] == CRITICAL for finding in findings)
    return SuiteResult(suite.table, len(expectations), is_passed, findings)


def _validate(batch: Any, suite: Suite, expectations: Sequence[Any], result_format: str) -> list[Any]:
    """The result of every expectation; raises GateError when one has none, or could not be evaluated."""
    validated = _great_expectations().ExpectationSuite(name=suite.table, expectations=list(expectations))
    results = batch.validate(validated, result_format=result_format).results
    if len(results) != len(expectations):
        raise GateError(f"{suite.path}: {len(expectations)} expectations, but {len(results)} were evaluated")
    for result in results:
        _raise_on_exception(suite, result)
    return results


def _build(suite: Suite, expectation: Expectation) -> Any:
    _great_expectations()
    from great_expectations.exceptions import ExpectationNotFoundError
    from great_expectations.expectations import registry

    at = f"{suite.path}, line {expectation.line}"
    try:
        implementation = registry.get_expectation_impl(expectation.type)
    except ExpectationNotFoundError:
        hint = closest(expectation.type, registry.list_registered_expectation_implementations())
        raise ConfigurationError(f"{at}: there is no expectation '{expectation.type}'{hint}") from None
    try:
        return implementation(**expectation.arguments, severity=expectation.severity)
    except ValueError as error:
        unknown = [name for name in expectation.arguments if name not in implementation.__fields__]
        hints = "".join(closest(name, list(implementation.__fields__)) for name in unknown)
        problems = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise ConfigurationError(f"{at}: {expectation.type}: {problems}{hints}") from None


def _raise_on_exception(suite: Suite, result: Any) -> None:
    info: Mapping[str, Any] = result.exception_info or {}
    failures = [info] if "raised_exception" in info else list(info.values())
    for failure in failures:
        if failure["raised_exception"]:
            config = result.expectation_config
            raise GateError(
                f"{suite.path}: {config.type} {_arguments(config.kwargs)} could not be evaluated: "
                f"{failure['exception_message']}"
            )


def _finding(result: Any, hides_values: bool) -> dict[str, Any]:
    config, details = result.expectation_config, result.result or {}
    count = details.get("unexpected_count", details.get("observed_value"))
    what = config.description or f"{config.type} {_arguments(config.kwargs)}"
    values = [] if hides_values else details.get("partial_unexpected_list", [])
    samples = [str(value) for value in values if value is not None][:SAMPLES]
    return {
        "what": f"{what} (found: {count})" + (f", such as {', '.join(samples)}" if samples else ""),
        "type": config.type,
        "severity": str(getattr(config.severity, "value", config.severity)),
    }


def _arguments(kwargs: Mapping[str, Any]) -> str:
    shown = {name: value for name, value in kwargs.items() if name not in ("batch_id", "unexpected_rows_query")}
    return ", ".join(f"{name}={value}" for name, value in shown.items() if value is not None)
