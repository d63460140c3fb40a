"""What Dagster shows: every table an asset with group, owner, kinds and description, lineage from landing to mart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from dagster import AssetKey, DefaultScheduleStatus, DefaultSensorStatus, Definitions, build_schedule_context
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph

from dlt_sources.settings import load_company
from finance_assets.definitions import load_definitions
from finance_assets.lib.data_dir import DataDir
from finance_assets.lib.keys import PUBLISHED_KEY, landed_key, landing_key, table_key
from finance_assets.lib.settings import SANDBOX_COMPANY, Settings


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Definitions]:
    """The sandbox company's definitions, loaded without its environment: no secret, no address, no network."""
    with pytest.MonkeyPatch.context() as environment:
        for variable in ("FINANCE_SANDBOX_URL", "SAP_GROUP_USER", "SAP_GROUP_PASSWORD"):
            environment.delenv(variable, raising=False)
        data_dir = DataDir(tmp_path_factory.mktemp("definitions"))
        yield load_definitions(Settings(load_company(SANDBOX_COMPANY), data_dir))


@pytest.fixture(scope="module")
def graph(definitions: Definitions) -> AssetGraph:
    """All assets with what they read."""
    return definitions.resolve_asset_graph()


def materializable(graph: AssetGraph) -> list[AssetKey]:
    return sorted(graph.materializable_asset_keys)


def test_every_table_has_a_group_an_owner_kinds_and_a_description(graph: AssetGraph) -> None:
    bare = {
        key.to_user_string(): missing
        for key in materializable(graph)
        if (
            missing := [
                name
                for name in ("group_name", "owners", "kinds", "description")
                if not getattr(graph.get(key), name) or graph.get(key).group_name == "default"
            ]
        )
    }
    assert bare == {}


def test_a_key_is_an_address(graph: AssetGraph) -> None:
    assert {len(key.path) for key in materializable(graph)} == {2}


def test_nothing_is_read_that_nobody_makes(graph: AssetGraph) -> None:
    made = set(materializable(graph))
    read = {parent for key in made for parent in graph.get(key).parent_keys}
    assert read - made == set()


def test_lineage_runs_from_landing_to_the_published_file(graph: AssetGraph) -> None:
    journal = landing_key("sap_group", "journal_lines")
    assert graph.get(landed_key("sap_s4hana", "journal_lines")).parent_keys == {journal}
    waiting, reached = [journal], set()
    while waiting:
        key = waiting.pop()
        if key not in reached:
            reached.add(key)
            waiting += graph.get(key).child_keys
    assert PUBLISHED_KEY in reached
    assert table_key("canonical", "fct_journal_lines") in reached
    assert {key.path[0] for key in reached} >= {"staging", "conformed", "canonical", "reconciliation", "marts"}


def test_the_close_gate_blocks(graph: AssetGraph) -> None:
    blocking = {key.asset_key for key in graph.asset_check_keys if graph.get(key).blocking}
    assert table_key("reconciliation", "fct_close_status") in blocking


def test_every_landed_resource_has_a_gate(graph: AssetGraph) -> None:
    landing = {key for key in materializable(graph) if key.path[0].startswith("land_")}
    gated = {key.asset_key for key in graph.asset_check_keys if key.name == "gate"}
    assert landing and landing == gated


def test_the_jobs_are_over_the_same_assets(definitions: Definitions) -> None:
    everything = set(definitions.resolve_job_def("nightly").asset_layer.selected_asset_keys)
    close = set(definitions.resolve_job_def("close").asset_layer.selected_asset_keys)
    assert {key.path[0] for key in everything - close} == {
        "land_sap_group", "land_crm_group", "land_billing_group", "land_planning_group", "land_ecb", "land_bank_group",
        "land_bank_apac", "land_events_inbox", "land_payroll_germany", "land_payroll_us", "land_payroll_canada",
            "land_procurement_group",
        "land_payroll_regions",
    }  # fmt: skip
    assert set(definitions.resolve_job_def("forecast_refresh").asset_layer.selected_asset_keys) <= everything


def test_a_micro_batch_lands_the_inbox_and_what_events_may_ask_for(definitions: Definitions) -> None:
    everything = set(definitions.resolve_job_def("nightly").asset_layer.selected_asset_keys)
    intraday = set(definitions.resolve_job_def("intraday").asset_layer.selected_asset_keys)
    landed = {key.path[0] for key in intraday if key.path[0].startswith("land_")}
    assert landed == {"land_events_inbox", "land_planning_group"}
    assert {key for key in everything - intraday if not key.path[0].startswith("land_")} == set()


def test_the_sensor_of_events_runs_from_the_start(definitions: Definitions) -> None:
    assert definitions.resolve_sensor_def("events_sensor").default_status == DefaultSensorStatus.RUNNING


def test_the_nightly_schedule_runs_from_the_start_and_carries_its_day(definitions: Definitions) -> None:
    schedule = definitions.resolve_schedule_def("nightly_schedule")
    assert schedule.default_status == DefaultScheduleStatus.RUNNING
    moment = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    (request,) = schedule.evaluate_tick(build_schedule_context(scheduled_execution_time=moment)).run_requests
    assert request.run_config["resources"]["night"]["config"]["as_of"] == "2026-09-30"
