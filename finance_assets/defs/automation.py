"""When what runs: the jobs over the same assets, their schedules, and the sensor that takes events in micro-batches."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import closing
from typing import Any

from dagster import (
    AssetKey,
    AssetSelection,
    DagsterRunStatus,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    RunRequest,
    RunsFilter,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    define_asset_job,
)

from dlt_sources.errors import ConfigurationError
from dlt_sources.settings import Company
from finance_assets.lib.dbt_manifest import DbtManifest
from finance_assets.lib.failures import StepFailed
from finance_assets.lib.intraday import inboxes, next_batch, refreshable
from finance_assets.lib.landing import landing_schema
from finance_assets.lib.night import default_as_of, last_night
from finance_assets.lib.settings import Settings

NIGHTLY, INTRADAY = "nightly", "intraday"
FORECAST_SCHEMA, FORECAST_GROUP = "marts", "marts_forecast"
NIGHT = "0 2 * * *"
MONDAY_MORNING = "0 6 * * 1"
# A run for events costs seconds: news is known within a minute or two, and senders are not polled for it.
SENSOR_SECONDS = 30
_WAITING = [DagsterRunStatus.QUEUED, DagsterRunStatus.NOT_STARTED]


def jobs(company: Company, manifest: DbtManifest) -> list[Any]:
    """Return the jobs: `nightly` is everything, `close` all but extraction, `forecast_refresh` what plans need.

    A company with an inbox of events has `intraday` as well: the inboxes, and the instances that events may ask for.
    """
    landing = AssetSelection.groups(*(landing_schema(name) for name in company.instances))
    everything = AssetSelection.all()
    forecast_systems = manifest.systems_upstream_of_group(FORECAST_GROUP)
    others = [name for name, instance in company.instances.items() if instance.system not in forecast_systems]
    not_for_the_forecast = AssetSelection.groups(*(landing_schema(name) for name in others))
    found = [
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
    if inboxes(company):
        news = {*inboxes(company), *refreshable(company)}
        others = [landing_schema(name) for name in company.instances if name not in news]
        found.append(
            define_asset_job(
                INTRADAY,
                everything - AssetSelection.groups(*others) if others else everything,
                config=night_config(joins_last_night=True),
                description="A micro-batch: takes events, and what they ask for, into the last publication.",
            )
        )
    return found


def sensors(settings: Settings, tables: Collection[AssetKey]) -> list[SensorDefinition]:
    """Return the sensor that asks for a run when events have come; none for a company without an inbox."""
    company = settings.company
    if not inboxes(company):
        return []

    def evaluate(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        if reason := _reason_to_wait(settings, context):
            return SkipReason(reason)
        try:
            batch, cursor = next_batch(company, context.cursor)
        except (ConfigurationError, OSError) as error:
            return SkipReason(str(error))
        if batch is None:
            return SensorResult(skip_reason="no new event", cursor=cursor)
        request = RunRequest(
            run_key=batch.key,
            run_config=night_config(joins_last_night=True, systems=list(batch.instances)),
            asset_selection=intraday_assets(company, tables, batch.instances),
            tags={"finance/event_files": str(batch.files), "finance/instances": ", ".join(batch.instances)},
        )
        return SensorResult(run_requests=[request], cursor=cursor)

    return [
        SensorDefinition(
            name="events_sensor",
            evaluation_fn=evaluate,
            job_name=INTRADAY,
            minimum_interval_seconds=SENSOR_SECONDS,
            default_status=DefaultSensorStatus.RUNNING,
            description="Takes what has come into the inboxes of events: micro-batches, no stream.",
        )
    ]


def _reason_to_wait(settings: Settings, context: SensorEvaluationContext) -> str | None:
    """Why no run is asked for now, whatever has come; it is looked at again at the next tick."""
    if not settings.data_dir.published_file.exists():
        return "no night has been published yet: events wait for the first one"
    with closing(settings.open_store()) as store:
        try:
            last_night(settings.data_dir, store)
        except StepFailed as failure:
            return str(failure)
    # A run that has not begun will find whatever is there when it does; another one behind it would find nothing.
    if context.instance.get_runs(RunsFilter(job_name=INTRADAY, statuses=_WAITING), limit=1):
        return "a run for events is waiting for its turn: what has come meanwhile comes with it, or after it"
    return None


def schedules(company: Company) -> list[ScheduleDefinition]:
    """Return the nightly and the weekly schedule, in the company's time zone, running from the start."""

    def request(context: ScheduleEvaluationContext) -> RunRequest:
        as_of = default_as_of(company, context.scheduled_execution_time)
        return RunRequest(run_config=night_config(as_of=as_of.isoformat()), tags={"as_of": as_of.isoformat()})

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


def intraday_assets(company: Company, tables: Collection[AssetKey], instances: Collection[str]) -> list[AssetKey]:
    """Return what a run for these instances makes: of what is landed only theirs, and every table after it."""
    others = {landing_schema(name) for name in company.instances if name not in instances}
    return [key for key in tables if key.path[0] not in others]


def night_config(**settings: Any) -> Mapping[str, Any]:
    """Return the run configuration for these settings of the NightResource."""
    return {"resources": {"night": {"config": settings}}}
