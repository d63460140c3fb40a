"""The warehouse shows dbt exactly what the gates let through, per system, however many instances there are."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dlt_sources.registry import load_systems
from finance_assets.lib import warehouse
from finance_assets.lib.dbt_manifest import DbtManifest
from finance_assets.lib.failures import StepFailed
from finance_assets.lib.landing import land_instances
from finance_assets.lib.night import Night
from finance_assets.lib.settings import Settings
from finance_assets.lib.warehouse import attachments, expose
from tests.finance_assets.conftest import BeginNight
from tests.finance_assets.fakes import GOOD_RATES, FakeSources

MONDAY, TUESDAY = date(2026, 9, 28), date(2026, 9, 29)


@pytest.fixture
def manifest(tmp_path: Path) -> DbtManifest:
    """A dbt project that reads one mapping and the rates, and builds one table."""
    kept = {
        "resource_type": "model", "schema": "marts", "alias": "kept", "description": "Kept.", "group": "marts_kept",
        "config": {"meta": {}}, "depends_on": {"nodes": ["source.m", "source.r"]},
    }  # fmt: skip
    rates = {"schema": "landed_ecb", "identifier": "rates"}
    owners = {"schema": "mappings", "identifier": "owners"}
    content = {
        "nodes": {"model.a": kept},
        "sources": {
            name: {"resource_type": "source", "columns": {"owner": {}}, "description": "", **source}
            for name, source in (("source.m", owners), ("source.r", rates))
        },
        "groups": {"group.k": {"name": "marts_kept", "owner": {"email": "kept@example.com"}}},
        "exposures": {
            "exposure.e": {
                "name": "export", "resource_type": "exposure", "owner": {"email": "out@example.com"},
                "depends_on": {"nodes": ["model.a"]},
            }
        },
    }  # fmt: skip
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(content))
    return DbtManifest(path)


def land_and_expose(night: Night, manifest: DbtManifest) -> None:
    list(land_instances(night, lambda *_: None))
    expose(night, manifest)


def ask(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.data_dir.build_file)) as connection:
        for alias, file in attachments(list(settings.company.instances), settings.data_dir).items():
            connection.execute(f"attach '{file}' as {alias} (read_only)")
        return connection.execute(query).fetchall()


def test_the_view_unites_the_accepted_loads_of_all_instances(
    begin: BeginNight, sources: FakeSources, settings: Settings, manifest: DbtManifest
) -> None:
    sources.rates["ecb_mirror"] = [(None, "USD", "1.1"), *GOOD_RATES]
    with begin(MONDAY) as night:
        land_and_expose(night, manifest)
    assert ask(settings, "select distinct source_instance, load_id from landed_ecb.rates") == [
        ("ecb", "ecb-2026-09-28-1")
    ]
    sources.rates.clear()
    with begin(TUESDAY) as night:
        land_and_expose(night, manifest)
    assert ask(
        settings,
        "select source_instance, load_sequence, recorded_at::varchar, count(*) "
        "from landed_ecb.rates group by all order by all",
    ) == [
        ("ecb", 202609280001, "2026-09-28 00:00:00", 2),
        ("ecb_mirror", 202609290001, "2026-09-29 00:00:00", 2),
    ]


def test_a_run_of_an_earlier_day_does_not_see_later_loads(
    begin: BeginNight, sources: FakeSources, settings: Settings, manifest: DbtManifest
) -> None:
    with begin(TUESDAY) as night:
        land_and_expose(night, manifest)
    with begin(MONDAY, systems=("ecb_mirror",)) as night:
        land_and_expose(night, manifest)
    assert ask(settings, "select distinct load_id from landed_ecb.rates") == [("ecb_mirror-2026-09-28-1",)]


def test_a_resource_that_was_never_landed_has_its_view_all_the_same(
    begin: BeginNight, sources: FakeSources, settings: Settings, manifest: DbtManifest
) -> None:
    sources.fails = {"ecb": "down", "ecb_mirror": "down"}
    with begin(MONDAY) as night:
        land_and_expose(night, manifest)
    described = ask(settings, "describe landed_ecb.rates")
    assert ("currency", "VARCHAR") in {row[:2] for row in described}
    assert ask(settings, "select count(*) from landed_ecb.rates") == [(0,)]


def test_a_column_the_source_has_added_comes_through(
    begin: BeginNight, sources: FakeSources, settings: Settings, manifest: DbtManifest
) -> None:
    with begin(MONDAY) as night:
        land_and_expose(night, manifest)
    sources.further_columns = {"note": "fixed"}
    with begin(TUESDAY) as night:
        land_and_expose(night, manifest)
    assert ask(settings, "select distinct \"note\", load_id from landed_ecb.rates where source_instance = 'ecb'") == [
        ("fixed", "ecb-2026-09-29-1")
    ]


def test_earlier_versions_are_shown_of_a_resource_whose_deletions_say_nothing_but_the_key(
    begin: BeginNight,
    sources: FakeSources,
    settings: Settings,
    manifest: DbtManifest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ecb = load_systems()["ecb"]
    rates = ecb.resources["rates"].model_copy(update={"earlier_versions": True})
    systems = {**load_systems(), "ecb": ecb.model_copy(update={"resources": {"rates": rates}})}
    monkeypatch.setattr(warehouse, "load_systems", lambda: systems)
    for day, rate in ((MONDAY, "1.1"), (TUESDAY, "1.2")):
        sources.rates["ecb"] = [("2026-09-25", "USD", rate)]
        with begin(day, systems=("ecb",)) as night:
            land_and_expose(night, manifest)
    query = "select rate, load_id from landed_ecb.rates where source_instance = 'ecb' order by load_sequence"
    assert ask(settings, query) == [("1.1", "ecb-2026-09-28-1"), ("1.2", "ecb-2026-09-29-1")]


def test_a_night_after_landing_lost_rows_fails_and_says_which(
    begin: BeginNight, sources: FakeSources, settings: Settings, manifest: DbtManifest
) -> None:
    with begin(MONDAY) as night:
        land_and_expose(night, manifest)
    with duckdb.connect(str(settings.data_dir.landing_file("ecb"))) as connection:
        connection.execute("delete from land_ecb.rates where \"CURRENCY\" = 'USD'")
    with (
        begin(TUESDAY) as night,
        pytest.raises(StepFailed, match=r"ecb-2026-09-28-1: 2 rows of rates were landed, but 1"),
    ):
        expose(night, manifest)


def test_states_follow_the_last_accepted_load_and_tonights_attempt(
    begin: BeginNight, sources: FakeSources, settings: Settings, manifest: DbtManifest
) -> None:
    sources.fails["ecb_mirror"] = "down"
    with begin(MONDAY) as night:
        land_and_expose(night, manifest)
        states = {status.source_instance: status for status in night.store.source_status(night.run_id)}
    assert (states["ecb"].state, states["ecb"].rows, states["ecb"].rows_read) == ("current", 2, 2)
    assert states["ecb_mirror"].state == "absent" and "down" in states["ecb_mirror"].reason
    sources.fails = {"ecb": "down"}
    with begin(TUESDAY) as night:
        land_and_expose(night, manifest)
        states = {status.source_instance: status for status in night.store.source_status(night.run_id)}
    assert (states["ecb"].state, states["ecb"].age_days, states["ecb"].rows) == ("stale", 1, 2)
    assert states["ecb_mirror"].state == "current"


def test_records_are_counted_once_however_often_they_were_landed(
    begin: BeginNight, sources: FakeSources, settings: Settings, manifest: DbtManifest
) -> None:
    for _ in range(2):
        with begin(MONDAY) as night:
            land_and_expose(night, manifest)
            (status, _) = night.store.source_status(night.run_id)
    assert (status.rows, status.rows_read) == (2, 2)


def test_a_table_dbt_no_longer_builds_is_dropped(
    begin: BeginNight, sources: FakeSources, settings: Settings, manifest: DbtManifest
) -> None:
    with begin(MONDAY) as night:
        land_and_expose(night, manifest)
    with duckdb.connect(str(settings.data_dir.build_file)) as connection:
        connection.execute(
            "create schema marts; create table marts.kept as select 1; create table marts.gone as select 1"
        )
    with begin(MONDAY) as night:
        expose(night, manifest)
    assert ask(settings, "select table_name from duckdb_tables() where schema_name = 'marts'") == [("kept",)]


def test_everybody_who_reads_a_source_stands_beside_its_age(
    begin: BeginNight, sources: FakeSources, settings: Settings, manifest: DbtManifest
) -> None:
    with begin(MONDAY) as night:
        land_and_expose(night, manifest)
    sources.fails = {"ecb": "down"}
    with begin(TUESDAY) as night:
        land_and_expose(night, manifest)
    query = (
        "select consumer, layer, consumer_owner, source_instance, source_kind, source_owner, state, age_days "
        "from control.consumer_sources order by consumer, source_instance"
    )
    assert ask(settings, query) == [
        ("export", "exposure", "out@example.com", "ecb", "rates", "Group Treasury", "stale", 1),
        ("export", "exposure", "out@example.com", "ecb_mirror", "rates", "Group Treasury", "current", 0),
        ("marts_kept", "marts", "kept@example.com", "ecb", "rates", "Group Treasury", "stale", 1),
        ("marts_kept", "marts", "kept@example.com", "ecb_mirror", "rates", "Group Treasury", "current", 0),
    ]
