"""Landing: an asset per instance and resource, extracted and gated side by side; then what the gates let through."""

from collections.abc import Iterator

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    multi_asset,
)

from dlt_sources.registry import load_systems
from dlt_sources.settings import Company, Instance
from finance_assets.defs.resources import NightResource
from finance_assets.lib.alerts import PLATFORM_OWNER
from finance_assets.lib.dbt_manifest import DbtManifest
from finance_assets.lib.keys import landed_key, landing_key, table_key, team
from finance_assets.lib.landing import Landing, land_instances, landing_schema
from finance_assets.lib.progress import extraction_progress
from finance_assets.lib.warehouse import CONTROL_SCHEMA, CONTROL_TABLES, MAPPINGS_SCHEMA, expose, landed_schema

GATE = "gate"
EXPOSED_BY = "the platform"


def landing_assets(company: Company) -> AssetsDefinition:
    """Return the step that extracts all instances, an asset and a gate check per resource."""
    specs = [spec for instance in company.instances.values() for spec in _landing_specs(instance)]
    instances = {landing_schema(name): name for name in company.instances}

    @multi_asset(
        name="landing",
        specs=specs,
        check_specs=[
            AssetCheckSpec(GATE, asset=spec.key, description="Expectations on the load decide whether it is visible.")
            for spec in specs
        ],
        can_subset=True,
    )
    def landing(context: AssetExecutionContext, night: NightResource) -> Iterator[MaterializeResult]:
        chosen = {instances[key.path[0]] for key in context.selected_asset_keys}
        run = night.night.limited_to(chosen)
        done: set[str] = set()
        with run.step("landing"), extraction_progress(run.instances) as progress:
            for landed in land_instances(run, progress.on_page):
                progress.finish(landed.instance, landed.is_accepted)
                done.add(landed.instance)
                yield from _results(context, company.instances[landed.instance], landed)
        for name in chosen - done:
            yield from _results(context, company.instances[name], None)

    return landing


def exposed_assets(company: Company, manifest: DbtManifest) -> AssetsDefinition:
    """Return the step that shows dbt what the gates let through, the mappings and the control store."""
    specs = [
        *_landed_specs(company),
        *(
            AssetSpec(
                table_key(MAPPINGS_SCHEMA, name),
                group_name=MAPPINGS_SCHEMA,
                description=description,
                kinds={"csv", "duckdb"},
                owners=[team("finance master data")],
            )
            for name, description in manifest.source_descriptions(MAPPINGS_SCHEMA).items()
        ),
        *(
            AssetSpec(
                table_key(CONTROL_SCHEMA, name),
                group_name=CONTROL_SCHEMA,
                description=description,
                kinds={"duckdb"},
                owners=[team(PLATFORM_OWNER)],
            )
            for name, description in manifest.source_descriptions(CONTROL_SCHEMA).items()
            if name in CONTROL_TABLES
        ),
    ]

    @multi_asset(name="exposure", specs=specs)
    def exposure(night: NightResource) -> Iterator[MaterializeResult]:
        with night.night.step("exposure"):
            rows = expose(night.night, manifest)
        for spec in specs:
            schema, table = spec.key.path
            yield MaterializeResult(asset_key=spec.key, metadata={"dagster/row_count": rows[f"{schema}.{table}"]})

    return exposure


def _landing_specs(instance: Instance) -> list[AssetSpec]:
    system = load_systems()[instance.system]
    return [
        AssetSpec(
            landing_key(instance.name, resource),
            group_name=landing_schema(instance.name),
            description=f"{system.resources[resource].description} As received from {instance.name}, append-only.",
            kinds={"dlt", "duckdb"},
            owners=[team(system.owner)],
            tags={"system": system.name, "data_class": system.resources[resource].data_class},
            metadata={"key": ", ".join(system.resources[resource].key), "mode": system.resources[resource].mode},
        )
        for resource in instance.resources or system.resources
    ]


def _landed_specs(company: Company) -> list[AssetSpec]:
    return [
        AssetSpec(
            landed_key(system.name, resource.name),
            group_name=landed_schema(system.name),
            description=f"{resource.description} The accepted loads of all instances.",
            kinds={"duckdb"},
            owners=[team(system.owner)],
            deps=[
                landing_key(instance.name, resource.name)
                for instance in company.instances.values()
                if instance.system == system.name and resource.name in (instance.resources or system.resources)
            ],
        )
        for system in map(load_systems().__getitem__, company.systems)
        for resource in system.resources.values()
    ]


def _results(context: AssetExecutionContext, instance: Instance, landed: Landing | None) -> Iterator[MaterializeResult]:
    """What the UI shows of an instance. A source that is behind does not fail the step: the run goes on without it."""
    rows = {resource.resource: resource.rows for resource in landed.resources} if landed else {}
    gates = {result.table.partition(".")[2]: result for result in landed.results} if landed else {}
    reason = landed.reason if landed else "not extracted by this run"
    state = "accepted" if landed and landed.is_accepted else "stale"
    for key in context.selected_asset_keys:
        schema, resource = key.path
        if schema != landing_schema(instance.name):
            continue
        gate = gates.get(resource)
        findings = [finding["what"] for finding in gate.findings] if gate else []
        metadata = {"state": state, "load_id": landed.load_id if landed else "", "reason": reason or ""}
        yield MaterializeResult(
            asset_key=key,
            metadata={**metadata, "dagster/row_count": rows.get(resource, 0)},
            check_results=[
                AssetCheckResult(
                    asset_key=key,
                    check_name=GATE,
                    passed=state == "accepted" and not findings,
                    severity=AssetCheckSeverity.WARN,
                    metadata={
                        "expectations": gate.expectations if gate else 0,
                        "findings": "; ".join(findings),
                        "reason": reason or "",
                    },
                )
            ],
        )
