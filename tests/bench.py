"""`make bench`: seconds and peak memory per stage for 1 and 10 million journal lines, beside plain SQL.

The company is loaded without HTTP, so that the figures speak of the platform and not of a simulated network. Every
stage is a process of its own: its peak memory is its own. Plain SQL is what the stage's models compile to, one
statement after the other in a DuckDB with the same input: the difference is what dbt, its tests and the evidence of a
publication cost. `python -m tests.bench --scale 1` is a try in some minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from dlt_sources.sandbox.company import build_world
from dlt_sources.sandbox.direct import load_direct
from finance_assets.lib.publish import PUBLISHED_SCHEMAS, publish
from tests.dbt_fixture import expose_direct

ROOT = Path(__file__).parents[1]
AS_OF = date(2026, 9, 30)
# The company has about 78,000 journal lines per unit of scale at the as-of date.
SCALES = (13.0, 128.0)
DBT_STAGES = {
    "staging": "path:models/staging",
    "conformed and canonical": "path:models/conformed path:models/canonical",
    "reconciliation": "path:models/reconciliation",
    "marts": "path:models/marts",
}
PUBLICATION = "publication"


def load(folder: Path, scale: float) -> None:
    """Simulate the company and land it."""
    load_direct(build_world(7, scale).as_of(AS_OF, "none"), folder)


def expose(folder: Path, scale: float) -> None:
    """Put what was landed before dbt."""
    expose_direct(folder, folder / "build.duckdb", AS_OF)


def plain_sql(folder: Path, scale: float) -> None:
    """The yardstick of the stage dbt has just built: its compiled statements and nothing else."""
    manifest = _json(folder, "manifest.json")["nodes"]
    with duckdb.connect(str(_yardstick(folder))) as connection:
        for schema in sorted({node["schema"] for node in manifest.values()}):
            connection.execute(f"create schema if not exists {schema}")
        for result in _json(folder, "run_results.json")["results"]:
            node = manifest[result["unique_id"]]
            if node["resource_type"] == "model":
                kind, table = node["config"]["materialized"], f"{node['schema']}.{node['alias']}"
                connection.execute(f"create or replace {kind} {table} as {result['compiled_code']}")


def plain_copy(folder: Path, scale: float) -> None:
    """The yardstick of a publication: the same tables in another file, without label, hash, Parquet or manifest."""
    with duckdb.connect(str(folder / "copy.duckdb")) as connection:
        connection.execute(f"attach '{_yardstick(folder)}' as plain (read_only)")
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'plain' "
            "and schema_name in (select unnest(?))",
            [list(PUBLISHED_SCHEMAS)],
        ).fetchall()
        for schema, name in tables:
            connection.execute(f"create schema if not exists {schema}")
            connection.execute(f"create table {schema}.{name} as from plain.{schema}.{name}")


def _json(folder: Path, name: str) -> dict[str, Any]:
    return json.loads((folder / "target" / name).read_text())


def _yardstick(folder: Path) -> Path:
    """The file of plain SQL, of the same name as the build warehouse because dbt compiles it into every reference."""
    return folder / "plain" / "build.duckdb"


def publication(folder: Path, scale: float) -> None:
    """Publish what was built."""
    publish(
        folder / "build.duckdb",
        folder / "published",
        run_id="bench",
        as_of=AS_OF,
        close_gate_passed=True,
        labels={},
        descriptions={},
        facts={},
    )


STAGES: dict[str, Callable[[Path, float], None]] = {
    "load": load,
    "exposure": expose,
    PUBLICATION: publication,
    "plain SQL": plain_sql,
    "plain copy": plain_copy,
}


def measured(command: list[str], folder: Path) -> tuple[float, float]:
    """Run the command; return its seconds and its peak memory in MB. Raises CalledProcessError when it fails."""
    environment = {
        **os.environ,
        "FINANCE_WAREHOUSE": str(folder / "build.duckdb"),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
    }
    started = time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT / "dbt_project", env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise subprocess.CalledProcessError(os.waitstatus_to_exitcode(status), command)
    return time.monotonic() - started, usage.ru_maxrss / 1024


def bench(scale: float) -> None:
    """Print seconds and peak megabytes per stage, and those of plain SQL beside them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dbt = [str(Path(sys.executable).with_name("dbt")), "--quiet"]
        options = ["--profiles-dir", ".", "--vars", json.dumps({"as_of": AS_OF.isoformat()})]
        build = [*dbt, "build", *options, "--exclude-resource-types", "unit_test", "--indirect-selection", "buildable"]
        os.environ["PYTHONPATH"] = str(ROOT)

        def stage(what: str) -> list[str]:
            words = ["--stage", what, "--folder", name, "--scale", str(scale)]
            return [sys.executable, "-m", "tests.bench", *words]

        for what in ("load", "exposure"):
            _tell(what, measured(stage(what), folder))
        measured([*dbt, "seed", *options], folder)
        _yardstick(folder).parent.mkdir()
        shutil.copy(folder / "build.duckdb", _yardstick(folder))
        for what, select in DBT_STAGES.items():
            figures = measured([*build, "--select", *select.split()], folder)
            _tell(what, figures, measured(stage("plain SQL"), folder))
        _tell(PUBLICATION, measured(stage(PUBLICATION), folder), measured(stage("plain copy"), folder))
        with duckdb.connect(str(folder / "build.duckdb"), read_only=True) as connection:
            [lines] = connection.execute("select count(*) from canonical.fct_journal_lines").fetchone()
        print(f"  {lines:,} journal lines")


def _tell(what: str, figures: tuple[float, float], plain: tuple[float, float] | None = None) -> None:
    columns = [f"{seconds:>8.1f} s{megabytes:>8,.0f} MB" for seconds, megabytes in filter(None, (figures, plain))]
    print(f"  {what:<26}{'   plain'.join(columns)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, action="append", help="default: 13 and 128, 1 and 10 million lines")
    parser.add_argument("--stage", choices=STAGES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    scales = options.scale or SCALES
    if options.stage:
        STAGES[options.stage](options.folder, scales[0])
        return
    for scale in scales:
        print(f"scale {scale:g}")
        bench(scale)


if __name__ == "__main__":
    main()
