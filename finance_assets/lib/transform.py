"""How dbt is run: its profile, its variables, its manifest, and what to tell when it fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from dlt_sources.settings import Company
from finance_assets.lib.data_dir import DataDir
from finance_assets.lib.dbt_manifest import DbtManifest
from finance_assets.lib.night import TransformFailed
from finance_assets.lib.project import DBT_PROJECT
from finance_assets.lib.warehouse import attachments

# The dbt of this environment, whether or not it is on the PATH.
DBT_EXECUTABLE = Path(sys.executable).with_name("dbt")
DBT_THREADS = 2
_SOURCE_SUFFIXES = (".sql", ".yml", ".csv")
_FAILED = ("error", "fail", "runtime error")


def dbt_variables(company: Company, as_of: date) -> dict[str, str]:
    """Return the variables of the dbt project for a run."""
    return {
        "as_of": as_of.isoformat(),
        "group_currency": company.group_currency,
        "company": company.company,
    }


def write_profile(company: Company, data_dir: DataDir) -> None:
    """Write the profile that points dbt at the build warehouse and attaches the landing files read-only."""
    attach = [
        {"path": str(file), "alias": alias, "read_only": True}
        for alias, file in attachments(list(company.instances), data_dir).items()
    ]
    target = {
        "type": "duckdb",
        "path": str(data_dir.build_file),
        "threads": DBT_THREADS,
        # A timestamp is UTC whatever the machine's zone.
        "settings": {"TimeZone": "UTC"},
        "attach": attach,
    }
    profile = {"finance": {"target": "duckdb", "outputs": {"duckdb": target}}}
    data_dir.warehouse.mkdir(parents=True, exist_ok=True)
    (data_dir.warehouse / "profiles.yml").write_text(yaml.safe_dump(profile, sort_keys=False), encoding="utf-8")


def current_manifest(company: Company, data_dir: DataDir, as_of: date) -> DbtManifest:
    """Return the manifest of the project as it is on disk; parse the project when the manifest is older.

    dbt parses again when its variables change, so those of the run to come are given here already.
    """
    manifest = DbtManifest(data_dir.dbt_target / "manifest.json")
    if not manifest.path.exists() or manifest.path.stat().st_mtime < _newest_source():
        write_profile(company, data_dir)
        run_dbt(["parse"], company, data_dir, as_of)
    return manifest


def run_dbt(arguments: Sequence[str], company: Company, data_dir: DataDir, as_of: date) -> None:
    """Run a dbt command outside Dagster; raise TransformFailed with dbt's own words."""
    command = [str(DBT_EXECUTABLE), "--no-use-colors", *arguments, "--vars", json.dumps(dbt_variables(company, as_of))]
    done = subprocess.run(
        command, cwd=DBT_PROJECT, env={**os.environ, **dbt_environment(data_dir)}, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise TransformFailed(f"dbt {arguments[0]} failed:\n{done.stdout.strip() or done.stderr.strip()}")


def dbt_environment(data_dir: DataDir) -> dict[str, str]:
    """Return where dbt finds its profile and writes its files, as environment variables."""
    return {
        "DBT_PROFILES_DIR": str(data_dir.warehouse),
        "DBT_TARGET_PATH": str(data_dir.dbt_target),
        "DBT_LOG_PATH": str(data_dir.warehouse / "logs"),
        # Its debug log of a night is ten thousand lines nobody reads.
        "DBT_LOG_LEVEL_FILE": "info",
    }


def describe_failures(data_dir: DataDir) -> str:
    """Return which models and tests of the last dbt command failed, and why, in dbt's words."""
    path = data_dir.dbt_target / "run_results.json"
    results: list[Mapping[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["results"] if path.exists() else []
    failures = [
        f"{result['unique_id'].partition('.')[2]}: {' '.join((result['message'] or result['status']).split())}"
        for result in results
        if result["status"] in _FAILED
    ]
    return "; ".join(failures)


def _newest_source() -> float:
    """When a file that dbt parses was last changed."""
    folders = [DBT_PROJECT / name for name in ("models", "macros", "tests", "seeds")]
    files = [file for folder in folders for file in folder.rglob("*") if file.suffix in _SOURCE_SUFFIXES]
    return max(file.stat().st_mtime for file in [DBT_PROJECT / "dbt_project.yml", *files])
