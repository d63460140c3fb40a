"""When what runs: the three jobs over the same assets, and their schedules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagster import (
    AssetSelection,
    DefaultScheduleStatus,
    RunRequest,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    define_asset_job,
)

from dlt_sources.settings import Company
from finance_assets.lib.dbt_manifest import DbtManifest
from finance_assets.lib.landing import landing_schema
from finance_assets.lib.night import default_as_of

NIGHTLY = "nightly"
FORECAST_SCHEMA, FORECAST_GROUP = "marts", "marts_forecast"
NIGHT = "0 2 * * *"
MONDAY_MORNING = "0 6 * * 1"


def jobs(company: Company, manifest: DbtManifest) -> list[Any]:
    """Return the jobs: `nightly` is everything, `close` all but extraction, `forecast_refresh` what plans need."""
    landing = AssetSelection.groups(*(landing_schema(name) for name in company.instances))
    everything = AssetSelection.all()
    forecast_systems = manifest.systems_upstream_of_group(FORECAST_GROUP)
    others = [name for name, instance in company.instances.items() if instance.system not in forecast_systems]
    not_for_the_forecast = AssetSelection.groups(*(landing_schema(name) for name in others))
    return [
        define_asset_job(NIGHTLY, everything, description="Extract, gate, transform, reconcile and publish."),
        define_asset_job(
            "close",
            everything - landing,
            description="Transform, reconcile and publish what is landed: after a mapping or a decision has changed.",
        ),
        define_asset_job(
            "forecast_refresh",
            everything - not_for_the_forecast if others else everything,
            description="As nightly, but extracts only the systems that the forecast marts read.",
        ),
    ]


def schedules(company: Company) -> list[ScheduleDefinition]:
    """Return the nightly and the weekly schedule, in the company's time zone, running from the start."""

    def request(context: ScheduleEvaluationContext) -> RunRequest:
        as_of = default_as_of(company, context.scheduled_execution_time)
        return RunRequest(run_config=night_config(as_of.isoformat()), tags={"as_of": as_of.isoformat()})

    return [
        ScheduleDefinition(
            name=f"{job}_schedule",
            job_name=job,
            cron_schedule=cron,
            execution_timezone=company.time_zone,
            execution_fn=request,
            default_status=DefaultScheduleStatus.RUNNING,
            description=description,
        )
        for job, cron, description in (
            (NIGHTLY, NIGHT, "Every night at two, for the day that has ended."),
            ("forecast_refresh", MONDAY_MORNING, "On Monday morning, before the forecast meeting."),
        )
    ]


def night_config(as_of: str, systems: tuple[str, ...] = ()) -> Mapping[str, Any]:
    """Return the run configuration of a night."""
    return {"resources": {"night": {"config": {"as_of": as_of, "systems": list(systems)}}}}
