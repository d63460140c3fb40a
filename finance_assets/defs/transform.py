"""Transformation: every dbt model an asset, every dbt test a check. Three steps: canonical, reconciliation, marts."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    MaterializeResult,
)
from dagster_dbt import DagsterDbtTranslator, dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test

from finance_assets.defs.resources import NightResource
from finance_assets.lib.checkpoints import recording
from finance_assets.lib.close_gate import require_open_close_gate, update_work_queue
from finance_assets.lib.dbt_manifest import DbtManifest, Step
from finance_assets.lib.keys import table_key
from finance_assets.lib.night import Night
from finance_assets.lib.transform import Dbt, NodeResult
from finance_assets.lib.unchanged import building, forget_built_tables

log = logging.getLogger(__name__)

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


def transform_assets(dbt: Dbt, manifest: DbtManifest) -> list[AssetsDefinition]:
    """Return the three dbt steps: no more than the gates between them ask for, because each costs seconds."""
    translator = AddressLaw()
    build = _Build(dbt, manifest, translator)

    @dbt_assets(
        manifest=manifest.content,
        name="canonical",
        exclude=f"{RECONCILIATION} {MARTS}",
        dagster_dbt_translator=translator,
    )
    def canonical(context: AssetExecutionContext, night: NightResource) -> Iterator[Any]:
        with night.night.step("canonical"):
            yield from build(context, night.night, "canonical")

    @dbt_assets(
        manifest=manifest.content, name="reconciliation", select=RECONCILIATION, dagster_dbt_translator=translator
    )
    def reconciliation(context: AssetExecutionContext, night: NightResource) -> Iterator[Any]:
        with night.night.step("reconciliation"):
            yield from build(context, night.night, "reconciliation")
            update_work_queue(night.night)

    @dbt_assets(manifest=manifest.content, name="marts", select=MARTS, dagster_dbt_translator=translator)
    def marts(context: AssetExecutionContext, night: NightResource) -> Iterator[Any]:
        with night.night.step("marts"):
            require_open_close_gate(night.night)
            yield from build(context, night.night, "marts")

    return [canonical, reconciliation, marts]


class _Build:
    """Builds what has changed of a step, or what a person chose of it, and tells Dagster of every table and test."""

    def __init__(self, dbt: Dbt, manifest: DbtManifest, translator: AddressLaw) -> None:
        self._dbt = dbt
        self._nodes = manifest.content["nodes"]
        self._manifest = manifest
        self._translator = translator

    def __call__(
        self, context: AssetExecutionContext, night: Night, step: Step
    ) -> Iterator[MaterializeResult | AssetCheckResult]:
        tested: set[str] = set()
        with recording(night, self._manifest, step, tested):
            for result in self._results(context, night, step):
                if isinstance(result, NodeResult):
                    tested.add(result.unique_id)
                    yield from self._told(context, result)
                else:
                    yield result

    def _results(
        self, context: AssetExecutionContext, night: Night, step: Step
    ) -> Iterator[MaterializeResult | NodeResult]:
        tables = self._manifest.tables(step)
        build_file = night.data_dir.build_file
        if context.is_subset:
            forget_built_tables(build_file)
            chosen = {unique_id for unique_id in tables if self._key(unique_id) in context.selected_asset_keys}
            yield from self._dbt.build(night.as_of, {*chosen, *self._manifest.tests(step, chosen)})
            return
        with building(build_file, self._manifest, tables, self._dbt.code, night.as_of) as changed:
            log.info("%s: %d of %d tables to build", step, len(changed), len(tables))
            # Dagster skips what reads a table that says nothing of itself. No unchanged table reads a changed one.
            for unique_id in tables:
                if unique_id not in changed:
                    yield MaterializeResult(asset_key=self._key(unique_id), metadata={"state": "unchanged"})
            yield from self._dbt.build(night.as_of, {*changed, *self._manifest.tests(step, changed)})

    def _told(
        self, context: AssetExecutionContext, result: NodeResult
    ) -> Iterator[MaterializeResult | AssetCheckResult]:
        if result.unique_id.startswith("test."):
            yield from self._check(context, result)
        elif result.status == "success":
            key = self._key(result.unique_id)
            yield MaterializeResult(asset_key=key, metadata={"seconds": round(result.seconds, 3)})

    def _key(self, unique_id: str) -> AssetKey:
        return self._translator.get_asset_key(self._nodes[unique_id])

    def _check(self, context: AssetExecutionContext, result: NodeResult) -> Iterator[AssetCheckResult]:
        key = get_asset_check_key_for_test(self._manifest.content, self._translator, result.unique_id, None)
        if key not in context.selected_asset_check_keys:
            return
        yield AssetCheckResult(
            asset_key=key.asset_key,
            check_name=key.name,
            passed=result.status == "pass",
            severity=AssetCheckSeverity.ERROR if result.is_failed else AssetCheckSeverity.WARN,
            metadata={"finding": result.message},
        )
