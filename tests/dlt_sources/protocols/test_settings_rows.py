"""Settings of the company file as rows, refused where a name is wrong or missing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dlt_sources.errors import ConfigurationError
from dlt_sources.protocols.reader import Assignment, Row
from dlt_sources.protocols.settings_rows import SettingsRowsReader
from tests.dlt_sources.fakes import system_of

SYSTEM = system_of(
    "settings_rows",
    {
        "charts": {
            "path": "charts",
            "key": ["chart"],
            "fields": ["chart", "account", "partner"],
            "optional_fields": ["partner"],
            "request": {"option": "charts"},
        }
    },
)


def read(charts: Any) -> list[Row]:
    reader = SettingsRowsReader(
        Assignment(system=SYSTEM, instance="books", as_of=date(2026, 9, 30), options={"charts": charts})
    )
    return [row for page in reader.pages(SYSTEM.resources["charts"]) for row in page]


def test_a_group_of_settings_is_a_row_named_by_its_key() -> None:
    assert read({21: {"account": "SEGMENT2"}, "22": {"account": "SEGMENT3", "partner": "SEGMENT5"}}) == [
        {"chart": "21", "account": "SEGMENT2", "partner": None},
        {"chart": "22", "account": "SEGMENT3", "partner": "SEGMENT5"},
    ]


@pytest.mark.parametrize(
    ("charts", "said"),
    [
        ({"21": {"acount": "SEGMENT2"}}, "options.charts.21: unknown name 'acount'"),
        ({"21": {"partner": "SEGMENT5"}}, "options.charts.21: 'account' is missing"),
        ({"21": "SEGMENT2"}, "must be names with settings below them"),
        ("SEGMENT2", "must be names with settings below them"),
    ],
)
def test_a_mistake_is_named_with_where_it_stands(charts: Any, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        read(charts)
