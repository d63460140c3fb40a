"""Runs a night or a micro-batch from the command line: a Dagster job in this process, its history in the instance."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.logging import RichHandler

from finance_assets.cli.sandbox import agree_on_folder, sandbox_if_needed, use_sandbox
from finance_assets.cli.show import show_report
from finance_assets.lib.failures import TransformFailed, full_disk_as_failure
from finance_assets.lib.intraday import require_inboxes, waiting_batch
from finance_assets.lib.night import EXIT_CODES, default_as_of, last_night, record_failed_start, select_instances
from finance_assets.lib.progress import watching
from finance_assets.lib.report import report_run
from finance_assets.lib.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterEvent, ExecuteInProcessResult

# How many events are written to the run history at once; one by one they would cost seconds.
EVENTS_AT_ONCE = "200"
# Dagster's own log is in the run history; its errors also go to the log file.
_SILENT = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}


@dataclass(frozen=True)
class Order:
    """What is to be run: a job with its configuration; with `instances` no more than they land and what comes after.

    `as_of` is the day that a sandbox shows; None where none is asked for anything.
    """

    job: str
    config: Mapping[str, Any]
    as_of: date | None
    instances: tuple[str, ...] | None = None


def run_night(as_of: date | None, systems: tuple[str, ...], as_json: bool) -> int:
    """Run the night, show its report, return the exit code."""
    settings = Settings.from_environment()
    day = as_of or default_as_of(settings.company)
    select_instances(settings.company, systems)
    config = {"as_of": day.isoformat(), "systems": list(systems)}
    return _run(settings, Order("nightly", config, day), as_json)


def run_batch(as_json: bool) -> int:
    """Take the events that wait in the inboxes into the publication of the last night; return the exit code."""
    settings = Settings.from_environment()
    agree_on_folder(settings.company)
    names = require_inboxes(settings.company)
    with closing(settings.open_store()) as store:
        day = last_night(settings.data_dir, store)
        batch = waiting_batch(settings.company, {name: store.last_accepted_began_at(name) for name in names})
    instances = batch.instances if batch else tuple(names)
    config = {"joins_last_night": True, "systems": list(instances)}
    return _run(settings, Order("intraday", config, day if batch and batch.refreshes else None, instances), as_json)


def _run(settings: Settings, order: Order, as_json: bool) -> int:
    """Run it, show its report, return the exit code."""
    with _terminal_to_ourselves(settings.data_dir.log_file) as terminal:
        logs = _log_to(terminal)
        watching.set(terminal)
        try:
            with full_disk_as_failure(settings.data_dir.root):
                try:
                    run_id = _execute(settings, order)
                except TransformFailed as error:
                    # The dbt project itself cannot be read: there was no run yet to keep that.
                    record_failed_start(settings, order.as_of or default_as_of(settings.company), error)
                    raise
                with closing(settings.open_store()) as store:
                    report = report_run(store, settings.data_dir, run_id)
        finally:
            logging.getLogger("finance_assets").removeHandler(logs)
    show_report(report, as_json)
    return EXIT_CODES[report["outcome"]]


def _execute(settings: Settings, order: Order) -> str:
    """Execute the job and return its run id; what it did is in the control store and in Dagster's run history."""
    # Written one by one, the events of a night would cost seconds.
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", EVENTS_AT_ONCE)
    with sandbox_if_needed(settings.company, order.as_of) if order.as_of else nullcontext() as sandbox:
        # The sandbox simulates its company while this process imports its tools and dbt parses its project.
        from dagster import DagsterInstance

        from finance_assets.definitions import load_definitions
        from finance_assets.defs.automation import intraday_assets, night_config
        from finance_assets.lib.dagster_home import fail_dead_runs, process_tags, render_dagster_home
        from finance_assets.lib.gates import load_engine

        render_dagster_home(settings)
        definitions = load_definitions(settings)
        if sandbox:
            load_engine()  # the sandbox is loading its tables
            use_sandbox(settings.company, sandbox)
        with DagsterInstance.get() as instance:
            fail_dead_runs(instance)
            job = definitions.resolve_job_def(order.job)
            tables = job.asset_layer.selected_asset_keys
            chosen = intraday_assets(settings.company, tables, order.instances) if order.instances else None
            result = job.execute_in_process(
                run_config={**night_config(**order.config), **_SILENT},
                instance=instance,
                tags={**process_tags(), **({"as_of": order.as_of.isoformat()} if order.as_of else {})},
                asset_selection=chosen,
                raise_on_error=False,
            )
    _record_what_dagster_saw(settings, result)
    return result.run_id


def _record_what_dagster_saw(settings: Settings, result: ExecuteInProcessResult) -> None:
    """A failure outside a step is in no control store yet; one before the first step can only be told here."""
    failures = [event for event in result.all_events if event.is_failure]
    if not failures:
        return
    with closing(settings.open_store()) as store:
        run = store.run(result.run_id)
        if run is None:
            raise click.ClickException(failures[-1].message)
        if run["outcome"] == "unpublished":
            store.record_failure(result.run_id, "target", _message(failures[0]))


def _message(failure: DagsterEvent) -> str:
    error = getattr(failure.event_specific_data, "error", None)
    return error.message.strip() if error else failure.message


@contextmanager
def _terminal_to_ourselves(log_file: Path) -> Iterator[Console]:
    """Yield the terminal; until the end, whatever the tools print goes into the log file."""
    log_file.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    saved = [os.dup(stream) for stream in (1, 2)]
    log = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    for stream in (1, 2):
        os.dup2(log, stream)
    try:
        with os.fdopen(os.dup(saved[1]), "w") as terminal:
            yield Console(file=terminal)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for stream, original in zip((1, 2), saved, strict=True):
            os.dup2(original, stream)
            os.close(original)
        os.close(log)


def _log_to(terminal: Console) -> logging.Handler:
    """Show what the platform reports of itself."""
    handler = RichHandler(console=terminal, show_path=False, show_level=False, log_time_format="%H:%M:%S")
    logger = logging.getLogger("finance_assets")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    return handler
