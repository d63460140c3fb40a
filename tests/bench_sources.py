"""`make bench-sources`: rows a second from the wire to landing, beside dlt's own `rest_api` source on the same server.

The sandbox serves from a process of its own, both sides land the same resource in a DuckDB file, one after the other,
three times, and the best time counts. `rest_api` is told what a good user would tell it: the vendor's paging, the
largest page and no child tables. What it does not do (a request budget, retries of what is malformed, decimals kept as
they were sent, rows that are checked to have arrived) is part of the other side's time.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import dlt
import duckdb
import requests
import yaml
from dlt.sources.rest_api import rest_api_source

from dlt_sources.build import build_source
from dlt_sources.registry import load_systems
from dlt_sources.sandbox.servers.context import DEMO_CREDENTIALS
from finance_assets.lib.settings import SANDBOX_COMPANY
from tests.dlt_sources.sandbox_instances import environment, instance_of

AS_OF = date(2026, 9, 30)
ROUNDS = 3
BILLED_ELSEWHERE = {"2010": "chargebee"}
READY_SECONDS = 120


@dataclass(frozen=True)
class Case:
    """One resource of a system, and how `rest_api` is told to read it."""

    system: str
    resource: str
    base: str
    path: str
    data: str
    paginator: dict[str, Any]
    params: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


def _basic(system: str, user: str, password: str | None) -> dict[str, Any]:
    credentials = DEMO_CREDENTIALS[system]
    return {
        "type": "http_basic",
        "username": credentials[user],
        "password": credentials[password] if password else "",
    }


LINES = load_systems()["sap_s4hana"].resources["journal_lines"]
CASES = (
    Case(
        "sap_s4hana",
        "journal_lines",
        "{url}/sap/",
        "opu/odata/sap/API_GLACCOUNTLINEITEM/GLAccountLineItem",
        "d.results",
        {"type": "json_link", "next_url_path": "d.__next"},
        # The set sums over what is not selected, so both ask for the same fields.
        {
            "$format": "json",
            "$select": ",".join(LINES.fields),
            "$orderby": ",".join(LINES.key),
            "$filter": "Ledger eq '0L'",
        },
    ),
    Case(
        "stripe",
        "invoices",
        "{url}/stripe/",
        "v1/invoices",
        "data",
        {"type": "cursor", "cursor_path": "data[-1].id", "cursor_param": "starting_after", "has_more_path": "has_more"},
        {"limit": 100},
    ),
    Case(
        "chargebee",
        "invoices",
        "{url}/chargebee/api/v2/",
        "invoices",
        "list[*].invoice",
        {"type": "cursor", "cursor_path": "next_offset", "cursor_param": "offset"},
        {"limit": 100, "include_deleted": "true"},
    ),
)


def _auth(system: str) -> dict[str, Any]:
    if system == "sap_s4hana":
        return _basic(system, "user", "password")
    if system == "stripe":
        return {"type": "bearer", "token": DEMO_CREDENTIALS[system]["api_key"]}
    return _basic(system, "api_key", None)


def ours(case: Case, url: str) -> Any:
    """Return the platform's source of the resource."""
    system = load_systems()[case.system]
    instance = instance_of(
        system, url, resources=[case.resource], connection={"requests_per_second": 100_000, "attempts": 3}
    )
    return build_source(system, instance, AS_OF, "bench", {}, environ=environment(system))


def theirs(case: Case, url: str) -> Any:
    """Return `rest_api` of the same resource."""
    source = rest_api_source(
        {
            "client": {
                "base_url": case.base.format(url=url),
                "auth": _auth(case.system),
                "headers": case.headers,
                "paginator": case.paginator,
            },
            "resources": [
                {
                    "name": case.resource,
                    "endpoint": {"path": case.path, "params": case.params, "data_selector": case.data},
                }
            ],
        }
    )
    source.max_table_nesting = 0
    return source


def land(build: Callable[[], Any], resource: str) -> tuple[int, float]:
    """Run the source into an empty DuckDB file; return the rows there and the seconds."""
    folder = Path(tempfile.mkdtemp(prefix="bench-sources-"))
    try:
        with duckdb.connect(str(folder / "rows.duckdb")) as connection:
            pipeline = dlt.pipeline(
                "bench",
                pipelines_dir=str(folder / "work"),
                destination=dlt.destinations.duckdb(connection),
                dataset_name="landing",
            )
            pipeline.config.restore_from_destination = False
            began = time.perf_counter()
            pipeline.run(build(), loader_file_format="parquet")
            seconds = time.perf_counter() - began
            [rows] = connection.execute(f'select count(*) from landing."{resource}"').fetchone()
        return rows, seconds
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Measure every case and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=0.5, help="size of the simulated company (1: 78,000 lines)")
    scale = parser.parse_args().scale
    port = 8790
    url = f"http://127.0.0.1:{port}"
    data = Path(tempfile.mkdtemp(prefix="bench-sources-data-"))
    company = yaml.safe_load(SANDBOX_COMPANY.read_text())
    company["sandbox"] = {"seed": 7, "scale": scale, "errors": "none", "billing": BILLED_ELSEWHERE}
    (data / "company.yaml").write_text(
        yaml.safe_dump({**company, "mappings": str(SANDBOX_COMPANY.parent / "mappings")})
    )
    command = ["-m", "finance_assets.cli", "sandbox", "serve", "--company", str(data / "company.yaml")]
    command += ["--port", str(port), "--data-dir", str(data), "--until-stdin-closes"]
    server = subprocess.Popen(
        [sys.executable, *command], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env={**os.environ}
    )
    try:
        _wait(url)
        print(f"{'resource':<28}{'rows':>9}{'rows/s':>10}{'rest_api rows/s':>17}{'ratio':>8}")
        for case in CASES:
            best: dict[str, float] = {}
            counts: dict[str, int] = {}
            for _ in range(ROUNDS):
                for name, build in (("ours", ours), ("theirs", theirs)):
                    counts[name], seconds = land(lambda build=build, case=case: build(case, url), case.resource)
                    best[name] = min(best.get(name, seconds), seconds)
            if counts["ours"] != counts["theirs"]:
                raise SystemExit(f"{case.system}.{case.resource}: {counts} rows; both have to read the same")
            speed = {name: counts[name] / seconds for name, seconds in best.items()}
            print(
                f"{case.system + '.' + case.resource:<28}{counts['ours']:>9,}{speed['ours']:>10,.0f}"
                f"{speed['theirs']:>17,.0f}{speed['ours'] / speed['theirs']:>8.2f}",
                flush=True,
            )
    finally:
        server.stdin.close()
        server.wait(timeout=30)
        shutil.rmtree(data, ignore_errors=True)


def _wait(url: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            requests.get(url, timeout=2)
            return
        except requests.ConnectionError:
            if time.monotonic() > deadline:
                raise SystemExit(f"the sandbox does not answer at {url}") from None
            time.sleep(0.5)


if __name__ == "__main__":
    main()
