"""Runs a night from the command line: the Dagster job `nightly`, in this process, with its history in the instance."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.logging import RichHandler

from finance_assets.cli.sandbox import sandbox_if_needed, use_sandbox
from finance_assets.cli.show import show_report
from finance_assets.lib.night import EXIT_CODES, default_as_of, full_disk_as_failure, select_instances
from finance_assets.lib.progress import watching
from finance_assets.lib.report import report_run
from finance_assets.lib.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterEvent, ExecuteInProcessResult

# How many events are written to the run history at once; one by one they would cost seconds.
EVENTS_AT_ONCE = "200"
# Dagster's own log is in the run history; its errors also go to the log file.
_SILENT = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}


def run_night(as_of: date | None, systems: tuple[str, ...], as_json: bool) -> int:
    """Run the night, show its report, return the exit code."""
    settings = Settings.from_environment()
    day = as_of or default_as_of(settings.company)
    select_instances(settings.company, systems)
    with _terminal_to_ourselves(settings.data_dir.log_file) as terminal:
        logs = _log_to(terminal)
        watching.set(terminal)
        try:
            with full_disk_as_failure(settings.data_dir.root):
                run_id = _execute(settings, day, systems)
                store = settings.open_store()
                report = report_run(store, settings.data_dir, run_id)
                store.close()
        finally:
            logging.getLogger("finance_assets").removeHandler(logs)
    show_report(report, as_json)
    return EXIT_CODES[report["outcome"]]


def _execute(settings: Settings, as_of: date, systems: tuple[str, ...]) -> str:
    """Execute the job and return its run id; what it did is in the control store and in Dagster's run history."""
    # Written one by one, the events of a night would cost seconds.
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", EVENTS_AT_ONCE)
    with sandbox_if_needed(settings.company, as_of) as sandbox:
        # The sandbox simulates its company while this process imports its tools and dbt parses its project.
        from dagster import DagsterInstance

        from finance_assets.definitions import load_definitions
        from finance_assets.defs.automation import NIGHTLY, night_config
        from finance_assets.lib.dagster_home import fail_dead_runs, process_tags, render_dagster_home
        from finance_assets.lib.gates import load_engine

        render_dagster_home(settings)
        definitions = load_definitions(settings)
        if sandbox:
            load_engine()  # the sandbox is loading its tables
            use_sandbox(settings.company, sandbox)
        with DagsterInstance.get() as instance:
            fail_dead_runs(instance)
            result = definitions.resolve_job_def(NIGHTLY).execute_in_process(
                run_config={**night_config(as_of.isoformat(), systems), **_SILENT},
                instance=instance,
                tags={**process_tags(), "as_of": as_of.isoformat()},
                raise_on_error=False,
            )
    _record_what_dagster_saw(settings, result)
    return result.run_id


def _record_what_dagster_saw(settings: Settings, result: ExecuteInProcessResult) -> None:
    """A failure outside a step is in no control store yet; one before the first step can only be told here."""
    failures = [event for event in result.all_events if event.is_failure]
    if not failures:
        return
    store = settings.open_store()
    run = store.run(result.run_id)
    if run is None:
        raise click.ClickException(failures[-1].message)
    if run["outcome"] == "unpublished":
        store.record_failure(result.run_id, "target", _message(failures[0]))
    store.close()


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
