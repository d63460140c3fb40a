"""`make bench`: seconds and peak memory per stage for 1 and 10 million journal lines, beside plain SQL.

The company is loaded without HTTP, so that the figures speak of the platform and not of a simulated network. Every
stage is a process of its own: its peak memory is its own. `python -m tests.bench --scale 1` is a try in a minute.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb

from dlt_sources.sandbox.company import build_world
from dlt_sources.sandbox.direct import load_direct
from finance_assets.lib.publish import publish
from tests.dbt_fixture import expose_direct

ROOT = Path(__file__).parents[1]
AS_OF = date(2026, 9, 30)
# The company has about 78,000 journal lines per unit of scale at the as-of date.
SCALES = (13.0, 128.0)
DBT_STAGES = {
    "staging": "path:models/staging path:seeds",
    "conformed and canonical": "path:models/conformed path:models/canonical",
    "reconciliation": "path:models/reconciliation",
    "marts": "path:models/marts",
}
# What the ledger part of the night comes to, written by hand: cast the landed text, one trial balance, nothing proved.
PLAIN_SQL = """
    create schema plain;
    create table plain.journal_lines as
    select
        "CompanyCode" as entity, "FiscalYear"::int as fiscal_year, "FiscalPeriod"::int as fiscal_period,
        "AccountingDocument" as document, "LedgerGLLineItem" as line, "ChartOfAccounts" as chart,
        "GLAccount" as account,
        epoch_ms(regexp_extract("PostingDate", '-?[0-9]+')::bigint)::date as posting_date,
        "AmountInTransactionCurrency"::decimal(28, 4) as amount_transaction,
        "TransactionCurrency" as transaction_currency,
        "AmountInCompanyCodeCurrency"::decimal(28, 4) as amount_local, "CompanyCodeCurrency" as local_currency
    from landed_sap_s4hana.journal_lines
    where "Ledger" = '0L';
    create table plain.trial_balances as
    select
        entity, fiscal_year, fiscal_period, chart, account, local_currency,
        sum(amount_local) filter (where amount_local > 0) as debits,
        sum(amount_local) filter (where amount_local < 0) as credits
    from plain.journal_lines
    group by all;
"""


def load(folder: Path, scale: float) -> None:
    """Simulate the company and land it."""
    load_direct(build_world(7, scale).as_of(AS_OF, "none"), folder)


def expose(folder: Path, scale: float) -> None:
    """Put what was landed before dbt."""
    expose_direct(folder, folder / "build.duckdb", AS_OF)


def plain_sql(folder: Path, scale: float) -> None:
    """The yardstick: the ledger by hand."""
    with duckdb.connect(str(folder / "build.duckdb")) as connection:
        connection.execute(PLAIN_SQL)
        connection.execute("drop schema plain cascade")


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
    "plain SQL, ledger only": plain_sql,
    "publication": publication,
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


def bench(scale: float) -> dict[str, tuple[float, float]]:
    """Return seconds and peak megabytes per stage."""
    figures = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dbt = [str(Path(sys.executable).with_name("dbt")), "--quiet", "build", "--profiles-dir", "."]
        dbt += ["--exclude-resource-types", "unit_test", "--indirect-selection", "buildable"]
        dbt += ["--vars", json.dumps({"as_of": AS_OF.isoformat()})]
        commands = {
            stage: [sys.executable, "-m", "tests.bench", "--stage", stage, "--folder", name, "--scale", str(scale)]
            for stage in STAGES
        }
        order = ["load", "exposure", "plain SQL, ledger only", *DBT_STAGES, "publication"]
        commands.update({stage: [*dbt, "--select", *select.split()] for stage, select in DBT_STAGES.items()})
        os.environ["PYTHONPATH"] = str(ROOT)
        for stage in order:
            figures[stage] = measured(commands[stage], folder)
            seconds, megabytes = figures[stage]
            print(f"  {stage:<26}{seconds:>8.1f} s{megabytes:>10,.0f} MB", flush=True)
        with duckdb.connect(str(folder / "build.duckdb"), read_only=True) as connection:
            [lines] = connection.execute("select count(*) from canonical.fct_journal_lines").fetchone()
        print(f"  {lines:,} journal lines")
    return figures


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
