"""Transformation: every dbt model an asset, every dbt test a check. Three steps: canonical, reconciliation, marts."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from dagster import AssetExecutionContext, AssetKey, AssetsDefinition
from dagster_dbt import DagsterDbtTranslator, dbt_assets
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from finance_assets.defs.resources import Dbt, NightResource
from finance_assets.lib.close_gate import require_open_close_gate, update_work_queue
from finance_assets.lib.dbt_manifest import DbtManifest
from finance_assets.lib.keys import table_key
from finance_assets.lib.night import Night, TransformFailed
from finance_assets.lib.transform import dbt_environment, dbt_variables, describe_failures, write_profile

# By place in the project, not by path: dbt resolves paths against the working directory.
RECONCILIATION = "fqn:finance.reconciliation"
MARTS = "fqn:finance.marts"


class AddressLaw(DagsterDbtTranslator):
    """A dbt table's asset key is its address, its group is its folder, its owner the group's."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> AssetKey:
        """Return schema/table, for models and sources alike."""
        name = dbt_resource_props.get("identifier") or dbt_resource_props["alias"]
        return table_key(dbt_resource_props["schema"], name)

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """Return the dbt group, which is named after the folder."""
        return dbt_resource_props.get("group") or dbt_resource_props["schema"]

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """Return what the table means; its SQL is in the dbt docs."""
        return dbt_resource_props["description"]


def transform_assets(manifest: DbtManifest) -> list[AssetsDefinition]:
    """Return the three dbt steps. A dbt process costs seconds, so there are no more than the gates between them ask."""
    translator = AddressLaw()

    @dbt_assets(
        manifest=manifest.path,
        name="canonical",
        exclude=f"{RECONCILIATION} {MARTS}",
        dagster_dbt_translator=translator,
    )
    def canonical(context: AssetExecutionContext, night: NightResource, dbt: Dbt) -> Iterator[Any]:
        with night.night.step("canonical"):
            write_profile(night.night.company, night.night.data_dir)
            yield from _build(context, night.night, dbt)

    @dbt_assets(manifest=manifest.path, name="reconciliation", select=RECONCILIATION, dagster_dbt_translator=translator)
    def reconciliation(context: AssetExecutionContext, night: NightResource, dbt: Dbt) -> Iterator[Any]:
        with night.night.step("reconciliation"):
            yield from _build(context, night.night, dbt)
            update_work_queue(night.night)

    @dbt_assets(manifest=manifest.path, name="marts", select=MARTS, dagster_dbt_translator=translator)
    def marts(context: AssetExecutionContext, night: NightResource, dbt: Dbt) -> Iterator[Any]:
        with night.night.step("marts"):
            require_open_close_gate(night.night)
            yield from _build(context, night.night, dbt)

    return [canonical, reconciliation, marts]


def _build(context: AssetExecutionContext, night: Night, dbt: Dbt) -> Iterator[Any]:
    """Build the selected models and run their tests; unit tests are tests of the code, not of the night."""
    variables = json.dumps(dbt_variables(night.company, night.as_of))
    target = dbt.in_folders(dbt_environment(night.data_dir))
    command = ["build", "--exclude-resource-type", "unit_test", "--vars", variables]
    try:
        yield from dbt.cli(command, context=context, target_path=target).stream()
    except DagsterDbtCliRuntimeError as error:
        raise TransformFailed(describe_failures(night.data_dir) or str(error)) from error
