"""dbt in this process: parsed once, its results as they come, its failures in its own words."""

import os
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from dlt_sources.settings import load_company
from finance_assets.lib import transform
from finance_assets.lib.data_dir import DataDir
from finance_assets.lib.failures import TransformFailed
from finance_assets.lib.settings import SANDBOX_COMPANY
from finance_assets.lib.transform import Dbt, NodeResult

DAY = date(2026, 9, 30)
FILES = {
    "dbt_project.yml": "name: finance\nprofile: finance\nmodels: {finance: {+materialized: table}}\n",
    "models/days.sql": "select cast('{{ var(\"as_of\") }}' as date) as day",
    "models/later.sql": "select day + 1 as day from {{ ref('days') }}",
    "tests/day_is_known.sql": "select * from {{ ref('days') }} where day is null",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A dbt project of two models and a test."""
    folder = tmp_path / "project"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    monkeypatch.setattr(transform, "DBT_PROJECT", folder)
    return folder


@pytest.fixture
def dbt(project: Path, tmp_path: Path) -> Dbt:
    """The project over an empty build warehouse."""
    data_dir = DataDir(tmp_path / "data")
    data_dir.warehouse.mkdir(parents=True)
    return Dbt(load_company(SANDBOX_COMPANY), data_dir)


@pytest.fixture
def day(tmp_path: Path) -> Callable[[], date]:
    """The day in the built table; opening it shows that dbt has let go of the file."""

    def read() -> date:
        with duckdb.connect(str(DataDir(tmp_path / "data").build_file)) as connection:
            return connection.execute("select day from main.days").fetchone()[0]

    return read


def build(dbt: Dbt, as_of: date, *names: str) -> Iterator[NodeResult]:
    """Build the models and tests of these names, or all there are."""
    nodes = dbt.manifest().content["nodes"]
    return dbt.build(as_of, {unique_id for unique_id, node in nodes.items() if not names or node["name"] in names})


def test_every_model_and_test_is_told_of(dbt: Dbt, day: Callable[[], date]) -> None:
    results = {result.unique_id: result.status for result in build(dbt, DAY)}
    assert results == {
        "model.finance.days": "success",
        "model.finance.later": "success",
        "test.finance.day_is_known": "pass",
    }
    assert day() == DAY


def test_the_same_parsed_project_serves_another_day(dbt: Dbt, day: Callable[[], date], project: Path) -> None:
    list(build(dbt, DAY))
    # Whoever edits the project meanwhile does so for the next run.
    (project / "models/days.sql").write_text("select null::date as day")
    list(dbt.build(date(2026, 10, 1), {"model.finance.days"}))
    assert day() == date(2026, 10, 1)


def test_a_landing_file_more_does_not_make_dbt_parse_everything_again(
    dbt: Dbt, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    list(build(dbt, DAY))
    landing = DataDir(tmp_path / "data").landing_file("sap_group")
    landing.parent.mkdir(parents=True)
    duckdb.connect(str(landing)).close()
    capfd.readouterr()
    again = Dbt(load_company(SANDBOX_COMPANY), DataDir(tmp_path / "data"))
    assert all(not result.is_failed for result in build(again, date(2026, 10, 1)))
    assert "partial parsing" not in capfd.readouterr().out


def test_what_is_not_chosen_is_not_built(dbt: Dbt, day: Callable[[], date]) -> None:
    list(build(dbt, DAY))
    told = list(build(dbt, date(2026, 10, 1), "later", "day_is_known"))
    assert {result.unique_id for result in told} == {"model.finance.later", "test.finance.day_is_known"}
    assert day() == DAY
    assert list(dbt.build(date(2026, 10, 1), set())) == []


def test_another_company_begins_with_what_was_parsed_for_the_first(
    dbt: Dbt, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    list(build(dbt, DAY))
    capfd.readouterr()
    data_dir = DataDir(tmp_path / "other")
    assert "model.finance.days" in Dbt(load_company(SANDBOX_COMPANY), data_dir).manifest().content["nodes"]
    assert "partial parsing" not in capfd.readouterr().out


def test_a_project_that_has_moved_reads_its_seeds_where_they_are_now(
    dbt: Dbt, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "seeds").mkdir()
    (project / "seeds/letters.csv").write_text("letter\na\n")
    list(build(dbt, DAY))
    moved = project.rename(tmp_path / "moved")
    monkeypatch.setattr(transform, "DBT_PROJECT", moved)
    again = Dbt(load_company(SANDBOX_COMPANY), DataDir(tmp_path / "data"))
    assert "seed.finance.letters" in {result.unique_id for result in build(again, DAY)}


def test_a_test_that_fails_is_told_with_dbts_words_after_what_succeeded(dbt: Dbt, project: Path) -> None:
    (project / "models/days.sql").write_text("select null::date as day")
    told = []
    with pytest.raises(TransformFailed, match=r"day_is_known.*Got 1 result"):
        told.extend(build(dbt, DAY))
    assert {result.unique_id: result.is_failed for result in told}["test.finance.day_is_known"]


def test_a_model_that_cannot_be_built_stops_what_reads_it(dbt: Dbt, project: Path) -> None:
    (project / "models/days.sql").write_text("select cast('no day' as date) as day")
    with pytest.raises(TransformFailed, match=r"finance\.days.*no day"):
        list(build(dbt, DAY))


def test_a_project_that_does_not_parse_fails_with_the_file(dbt: Dbt, project: Path) -> None:
    (project / "models/later.sql").write_text("select * from {{ ref('nowhere') }}")
    with pytest.raises(TransformFailed, match="nowhere"):
        dbt.manifest()


def test_the_manifest_is_made_again_when_a_file_is_newer(dbt: Dbt, project: Path) -> None:
    before = dbt.manifest()
    assert "model.finance.days" in before.content["nodes"]
    (project / "models/new.sql").write_text("select 1 as one")
    future = time.time() + 10
    os.utime(project / "models/new.sql", (future, future))
    assert "model.finance.new" in dbt.manifest().content["nodes"]


def test_a_manifest_whose_writer_was_killed_is_made_again(dbt: Dbt, tmp_path: Path) -> None:
    path = dbt.manifest().path
    path.write_text(path.read_text()[:1000])
    again = Dbt(load_company(SANDBOX_COMPANY), DataDir(tmp_path / "data"))
    assert "model.finance.days" in again.manifest().content["nodes"]
    assert sorted(file.name for file in path.parent.glob("*manifest*")) == ["manifest.json"]


def test_a_table_takes_the_place_of_a_view_and_a_failed_build_leaves_the_old_table(
    dbt: Dbt, project: Path, day: Callable[[], date]
) -> None:
    macro = Path(transform.__file__).parents[2] / "dbt_project/macros/materializations/in_place.sql"
    (project / "macros").mkdir()
    (project / "macros/in_place.sql").write_text(macro.read_text())
    (project / "models/days.sql").write_text("{{ config(materialized='view') }} " + FILES["models/days.sql"])
    list(build(dbt, DAY))
    for text, as_of in ((FILES["models/days.sql"], date(2026, 10, 1)), ("select cast('x' as date) as day", DAY)):
        (project / "models/days.sql").write_text(text)
        os.utime(project / "models/days.sql", (time.time() + 10,) * 2)
        dbt.manifest()
        if "'x'" in text:
            with pytest.raises(TransformFailed):
                list(build(dbt, as_of))
        else:
            list(build(dbt, as_of))
    assert day() == date(2026, 10, 1)
