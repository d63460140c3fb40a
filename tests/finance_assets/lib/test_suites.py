"""Suites are read strictly: a mistake is named with its file and line before anything is extracted."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlt_sources.errors import ConfigurationError
from dlt_sources.registry import load_systems
from finance_assets.lib import gates
from finance_assets.lib.suites import Suite, load_landing_suite, load_suite

FIELDS = ["Date", "currency", "rate"]


def write(folder: Path, text: str) -> Path:
    path = folder / "landed_ecb" / "rates.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def read(folder: Path, text: str) -> Suite:
    write(folder, text)
    suite = load_landing_suite("ecb", "rates", FIELDS, folder)
    gates.check_suites([suite])
    return suite


def test_every_resource_of_every_system_has_a_suite_that_can_be_built() -> None:
    suites = [
        load_landing_suite(system.name, resource.name, resource.fields)
        for system in load_systems().values()
        for resource in system.resources.values()
    ]
    gates.check_suites(suites)
    assert all(suite.expectations for suite in suites)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("expectations: []\n", "expects nothing"),
        ("expectation: []\n", "unknown key 'expectation' (did you mean 'expectations'?"),
        (
            "expectations:\n  - type: expect_column_values_to_not_be_nul\n    kwargs: {column: Date}\n",
            "rates.yaml, line 2: there is no expectation 'expect_column_values_to_not_be_nul'; "
            "did you mean 'expect_column_values_to_not_be_null'?",
        ),
        (
            "expectations:\n  - type: expect_column_values_to_not_be_null\n    kwargs: {column: Date, mosty: 1}\n",
            "did you mean 'mostly'?",
        ),
        (
            "expectations:\n  - type: expect_column_values_to_not_be_null\n    kwargs: {column: Dtae}\n",
            "line 2: landed_ecb.rates has no column 'Dtae' (did you mean 'Date'?",
        ),
        (
            "expectations:\n  - type: expect_column_values_to_not_be_null\n    kwarg: {column: Date}\n",
            "line 2: unknown key 'kwarg'",
        ),
        (
            "expectations:\n  - type: unexpected_rows_expectation\n"
            "    kwargs: {unexpected_rows_query: 'select * from {batch} where Rat is null'}\n",
            "the query does not run on landed_ecb.rates",
        ),
        (
            "expectations:\n  - type: unexpected_rows_expectation\n"
            "    kwargs: {unexpected_rows_query: 'select 1 as one'}\n",
            "the query must read {batch}",
        ),
        (
            "largest_shrink_percent: 150\nexpectations:\n  - type: expect_table_row_count_to_be_between\n"
            "    kwargs: {min_value: 1}\n",
            "largest_shrink_percent must be a whole number from 0 to 100",
        ),
    ],
)
def test_a_mistake_in_a_suite_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read(tmp_path, text)
    assert complaint in str(raised.value)


def test_a_resource_without_a_suite_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no load may enter without a gate"):
        load_landing_suite("ecb", "rates", FIELDS, tmp_path)


def test_a_good_suite_keeps_its_lines_and_its_tolerance(tmp_path: Path) -> None:
    suite = read(
        tmp_path,
        "largest_shrink_percent: 10\nexpectations:\n  - type: expect_column_values_to_not_be_null\n"
        "    kwargs: {column: Date}\n",
    )
    assert [expectation.line for expectation in suite.expectations] == [3]
    assert gates.fewest_rows(suite, 101) == 91
    assert load_suite(suite.path) == suite
