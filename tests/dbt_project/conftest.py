"""The dbt project as the tests see it: parsed once, its macros rendered, its queries run in an empty DuckDB."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb
import pytest
from dbt.cli.main import dbtRunner

from tests.dbt_project.empty_warehouse import DBT_PROJECT


@dataclass
class ParsedProject:
    """The manifest of the dbt project and its macros."""

    target: Path

    @cached_property
    def _dbt(self) -> dbtRunner:
        """A runner with the parsed project, so that rendering does not parse again."""
        parsed = dbtRunner().invoke(["parse", *self._options])
        assert parsed.success, parsed.exception
        return dbtRunner(manifest=parsed.result)

    @property
    def _options(self) -> list[str]:
        return [
            "--quiet",
            "--project-dir",
            str(DBT_PROJECT),
            "--profiles-dir",
            str(DBT_PROJECT),
            "--target-path",
            str(self.target),
            "--log-path",
            str(self.target),
        ]

    @cached_property
    def manifest(self) -> dict:
        """manifest.json as dbt writes it."""
        assert self._dbt
        return json.loads((self.target / "manifest.json").read_text())

    def render(self, template: str, **variables: object) -> str:
        """The SQL that a template with the project's macros becomes."""
        given = ["--vars", json.dumps(variables)] if variables else []
        compiled = self._dbt.invoke(["compile", "--inline", template, *given, *self._options])
        assert compiled.success, compiled.exception
        return compiled.result.results[0].node.compiled_code


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> ParsedProject:
    """The dbt project, parsed on first use."""
    return ParsedProject(tmp_path_factory.mktemp("dbt"))


@pytest.fixture(scope="session")
def render(project: ParsedProject) -> Callable[..., str]:
    """Template in, SQL out."""
    return project.render


@pytest.fixture
def database() -> duckdb.DuckDBPyConnection:
    """An empty DuckDB whose session stands in a zone far from UTC, as a machine's may."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'America/Los_Angeles'")
        yield connection
