"""Dagster's home in the company's data folder: run history in SQLite, or in PostgreSQL when that is set."""

from __future__ import annotations

import os
from typing import Any

import yaml
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from finance_assets.lib.settings import POSTGRES_VARIABLE, Settings

HOST_TAG, PROCESS_TAG = "finance/host", "finance/process"
_GOING_ON = [DagsterRunStatus.NOT_STARTED, DagsterRunStatus.STARTING, DagsterRunStatus.STARTED]


def render_dagster_home(settings: Settings) -> None:
    """Write dagster.yaml and point Dagster at it; its telemetry and first-visit dialogues are off."""
    config: dict[str, Any] = {
        "telemetry": {"enabled": False},
        "nux": {"enabled": False},
        # One writer for the warehouse: the next run waits in the queue.
        "concurrency": {"runs": {"max_concurrent_runs": 1}},
        "run_monitoring": {"enabled": True},
        "python_logs": {"managed_python_loggers": ["finance_assets", "dlt_sources"], "python_log_level": "INFO"},
    }
    home = settings.data_dir.dagster_home
    if settings.postgres_url:
        config["storage"] = {"postgres": {"postgres_url": {"env": POSTGRES_VARIABLE}}}
    else:
        config["event_log_storage"] = {
            "module": "finance_assets.lib.run_history",
            "class": "RunHistory",
            "config": {"base_dir": str(home / "history" / "runs")},
        }
    home.mkdir(parents=True, exist_ok=True)
    (home / "dagster.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    os.environ["DAGSTER_HOME"] = str(home)


def process_tags() -> dict[str, str]:
    """Return the tags by which a run says who executes it."""
    return {HOST_TAG: os.uname().nodename, PROCESS_TAG: str(os.getpid())}


def fail_dead_runs(instance: DagsterInstance) -> None:
    """Mark command-line runs whose process is gone as failed: the queue would wait for them for ever."""
    for run in instance.get_runs(RunsFilter(statuses=_GOING_ON, tags={HOST_TAG: os.uname().nodename})):
        if not _is_alive(int(run.tags[PROCESS_TAG])):
            instance.report_run_failed(run, "The process ended before the run did.")


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
