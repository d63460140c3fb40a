"""Landing: append-only, gated, and invisible until accepted."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from finance_assets.lib import landing
from finance_assets.lib.landing import Landing, land_instances
from finance_assets.lib.night import Night
from finance_assets.lib.settings import Settings
from tests.finance_assets.conftest import BeginNight
from tests.finance_assets.fakes import GOOD_RATES, REQUESTS_PER_LOAD, FakeSources


def land(night: Night) -> dict[str, Landing]:
    return {landing.instance: landing for landing in land_instances(night, lambda *_: None)}


def landed_load_ids(settings: Settings, instance: str) -> list[str]:
    with duckdb.connect(str(settings.data_dir.landing_file(instance)), read_only=True) as connection:
        query = f'select distinct _load_id from "land_{instance}"."rates" order by 1'
        return [row[0] for row in connection.execute(query).fetchall()]


def test_a_good_load_is_accepted_with_its_rows_and_cursor(begin: BeginNight, sources: FakeSources) -> None:
    with begin() as night:
        landings = land(night)
        assert landings["ecb"].is_accepted
        assert [(each.resource, each.rows, each.load_mode) for each in landings["ecb"].resources] == [
            ("rates", 2, "incremental")
        ]
        assert night.store.cursors("ecb", night.as_of) == {"rates": "2026-09-30"}


def test_a_failing_source_leaves_nothing_visible_and_the_others_go_on(
    begin: BeginNight, sources: FakeSources, settings: Settings
) -> None:
    sources.fails["ecb"] = "the line went dead"
    with begin() as night:
        landings = land(night)
        assert not landings["ecb"].is_accepted
        assert "the line went dead" in landings["ecb"].reason
        assert landings["ecb_mirror"].is_accepted
        assert {row.instance for row in night.store.accepted_resources(["ecb", "ecb_mirror"], night.as_of)} == {
            "ecb_mirror"
        }


def test_after_a_failure_the_next_night_starts_where_the_last_accepted_load_ended(
    begin: BeginNight, sources: FakeSources
) -> None:
    with begin(date(2026, 9, 28)) as night:
        land(night)
    sources.fails["ecb"] = "down"
    with begin(date(2026, 9, 29)) as night:
        land(night)
    sources.fails.clear()
    with begin(date(2026, 9, 30)) as night:
        land(night)
    assert sources.cursors_seen["ecb"] == {"rates": "2026-09-28"}
    assert sources.cursors_seen["ecb_mirror"] == {"rates": "2026-09-29"}


def test_a_load_the_gate_rejects_stays_as_evidence_and_is_read_again(
    begin: BeginNight, sources: FakeSources, settings: Settings
) -> None:
    sources.rates["ecb"] = [(None, "USD", "1.1012"), *GOOD_RATES]
    with begin() as night:
        rejected = land(night)["ecb"]
        assert not rejected.is_accepted
        assert "landed_ecb.rates" in rejected.reason and "Date" in rejected.reason
        assert night.store.cursors("ecb", night.as_of) == {}
    sources.rates.clear()
    with begin() as night:
        assert land(night)["ecb"].is_accepted
        visible = night.store.accepted_resources(["ecb"], night.as_of)
    assert landed_load_ids(settings, "ecb") == ["ecb-2026-09-30-1", "ecb-2026-09-30-2"]
    assert [row.load_id for row in visible] == ["ecb-2026-09-30-2"]


def test_an_interrupted_load_is_failed_by_the_next_run_and_its_number_is_not_reused(
    begin: BeginNight, sources: FakeSources, settings: Settings
) -> None:
    with begin() as night:
        load = night.store.begin_load(night.run_id, "ecb", "ecb", night.as_of)
        assert load.load_id == "ecb-2026-09-30-1"
    with begin() as night:
        assert land(night)["ecb"].load_id == "ecb-2026-09-30-2"
        assert night.store.loads_of_run("run-1")["ecb"]["status"] == "failed"


def test_a_load_of_an_earlier_day_sorts_before_a_later_day_though_it_came_after(
    begin: BeginNight, sources: FakeSources
) -> None:
    with begin(date(2026, 9, 30)) as night:
        land(night)
    with begin(date(2026, 9, 29)) as night:
        land(night)
        assert [row.load_id for row in night.store.accepted_resources(["ecb"], night.as_of)] == ["ecb-2026-09-29-1"]
    with begin(date(2026, 9, 30)) as night:
        seen = night.store.accepted_resources(["ecb"], night.as_of)
        assert [row.load_id for row in seen] == ["ecb-2026-09-29-1", "ecb-2026-09-30-1"]


def test_every_load_of_a_day_draws_on_one_request_budget_also_one_that_fails(
    begin: BeginNight, sources: FakeSources
) -> None:
    sources.fails["ecb"] = "down"
    for loads_before in range(3):
        with begin() as night:
            list(land_instances(night, lambda *_: None))
        assert sources.requests_seen == dict.fromkeys(("ecb", "ecb_mirror"), loads_before * REQUESTS_PER_LOAD)


def test_only_the_named_systems_are_extracted(begin: BeginNight, sources: FakeSources) -> None:
    with begin(systems=("ecb_mirror",)) as night:
        assert set(land(night)) == {"ecb_mirror"}


def test_a_column_that_comes_and_goes_is_kept_with_the_loads_that_had_it(
    begin: BeginNight, sources: FakeSources, settings: Settings
) -> None:
    for column in ({}, {"source": "ESCB"}, {}, {"remark": "fixing"}):
        sources.further_columns = column
        with begin() as night:
            assert land(night)["ecb"].is_accepted
    with duckdb.connect(str(settings.data_dir.landing_file("ecb")), read_only=True) as connection:
        query = "select distinct _load_id[-1:] as load, source, remark from land_ecb.rates order by 1"
        assert connection.execute(query).fetchall() == [
            ("1", None, None),
            ("2", "ESCB", None),
            ("3", None, None),
            ("4", None, "fixing"),
        ]


def test_rows_that_do_not_arrive_reject_the_load_instead_of_passing_its_gate(
    begin: BeginNight, sources: FakeSources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing, "source_rows", lambda source: {"rates": 3})
    with begin() as night:
        outcomes = land(night)
    assert {outcome.is_accepted for outcome in outcomes.values()} == {False}
    assert "land_ecb.rates: 3 rows were extracted, but 2 were landed" in outcomes["ecb"].reason
