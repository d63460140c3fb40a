"""`make bench-sources`: rows a second from the wire to landing, beside dlt's own sources on the same server.

Every system is read from one company whose entities are spread over all ERPs and vendors, which a sandbox serves from a
process of its own. Both sides land the same resource in a DuckDB file, one after the other, three times, and the best
time counts. `rest_api` is told what a good user would tell it: the vendor's paging, the largest page, the fields where
both need them. Both sides sign their requests with the same code. What the other side does not do (a request budget,
retries of what is malformed, decimals kept as they were sent, rows that are checked to have arrived) is part of ours.
Of a few hundred rows the time is dlt's own on both sides, and that of single requests.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import dlt
import duckdb
import requests
import yaml
from dlt.common.configuration import configspec
from dlt.sources.helpers.rest_client.auth import AuthConfigBase
from dlt.sources.rest_api import rest_api_source
from dlt.sources.sql_database import sql_table

from dlt_sources.build import build_source
from dlt_sources.protocols.auth import make_auth
from dlt_sources.protocols.http import HttpClient, SignsTheWhole, origin
from dlt_sources.registry import load_systems
from dlt_sources.settings import Instance, read_secrets
from finance_assets.cli.sandbox import FOLDER_VARIABLE, Choice, SandboxProcess
from finance_assets.lib.settings import COMPANY_VARIABLE, SANDBOX_COMPANY
from tests.dlt_sources.databases import SQL_LEDGER, in_minor_units
from tests.dlt_sources.sandbox_instances import INSTANCES, environment, instance_of

AS_OF = date(2026, 9, 30)
ROUNDS = 3
# An entity for each ERP, and as many for each other vendor as give it something to read.
BOOKS = {
    "1020": "business_central",
    "1030": "oracle_fusion",
    "2010": "sql_ledger",
    "2020": "d365_finance",
    "3010": "sap_ecc",
    "3020": "netsuite",
}
BILLING = {"1010": "zuora", "2010": "zuora", "1020": "chargebee", "3010": "chargebee"}
PROCUREMENT = dict.fromkeys(("1010", "1020", "1030", "2010", "2020"), "coupa")
# Instances that files are dropped for, beside those of the sandbox's own company.
DROPPED = {
    "sap_ecc_group": {"system": "sap_ecc", "base_url": "sqlite:///sap_ecc.sqlite", "options": {"client": "100"}},
    "sql_ledger_group": {
        "system": "sql_ledger",
        "base_url": "sqlite:///sql_ledger.sqlite",
        "options": in_minor_units(SQL_LEDGER),
    },
    "oracle_fusion_group": {
        "system": "oracle_fusion",
        "base_url": "http://127.0.0.1",
        "credentials": {"user": "FUSION_USER", "password": "FUSION_PASSWORD"},
        "options": INSTANCES["oracle_fusion"]["options"],
    },
}
SYSTEMS = load_systems()

# Why there is nothing beside a figure.
JOBS = "rest_api reads JSON: no CSV of jobs (the wait for the job is part of it)"
FILES = "files: no counterpart"
PAY = "files: no counterpart; counted are the lines of pay, which are summed on arrival"


@dataclass(frozen=True)
class Case:
    """What is read of a system, and how `rest_api` is told to read it; or why it cannot."""

    system: str
    resources: tuple[str, ...]
    path: str = ""
    data: str = "$"
    paginator: dict[str, Any] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    json: dict[str, Any] | None = None
    # A resource that the path takes the ids of, and how deep embedded lists become tables.
    above: dict[str, Any] | None = None
    nesting: int = 0
    # What `sql_database` reads.
    table: str = ""
    columns: tuple[str, ...] = ()
    # How the platform reads it, where not by default; and what is counted.
    options: dict[str, Any] = field(default_factory=dict)
    rows: str = "count(*)"
    reason: str = ""

    @property
    def title(self) -> str:
        """How the table calls it."""
        return " ".join((f"{self.system}.{self.resources[0]}", *self.options))


def fields(system: str, resource: str) -> list[str]:
    """Return the fields that both sides ask for."""
    return SYSTEMS[system].resources[resource].fields


def of_odata(system: str, resource: str, **more: str) -> dict[str, str]:
    """Return the parameters that ask an entity set for the fields, in the order of cursor and key."""
    spec = SYSTEMS[system].resources[resource]
    order = dict.fromkeys([*([spec.cursor.field] if spec.cursor else []), *spec.key])
    own = [name for name in spec.fields if name != "companyId"]
    return {"$select": ",".join(own), "$orderby": ",".join(name for name in order if name != "companyId"), **more}


NEXT_LINK = {"type": "json_link", "next_url_path": "'@odata.nextLink'"}
ANAPLAN = INSTANCES["anaplan"]["options"]
LISTS = f"workspaces/{ANAPLAN['workspace']}/models/{ANAPLAN['model']}/lists"
NETSUITE_LINES = ", ".join(f"a.{name} AS {name}" for name in fields("netsuite", "accounting_lines")[:-1])
FUSION = "fscmRestApi/resources/11.13.18.05"

CASES = (
    Case("camt053", ("entries",), reason=FILES),
    Case("mt940", ("entries",), reason=FILES),
    Case("datev", ("lines",), rows="sum(cast(line_count as bigint))", reason=PAY),
    Case("adp", ("lines",), rows="sum(cast(line_count as bigint))", reason=PAY),
    Case("payroll_csv", ("lines",), rows="sum(cast(line_count as bigint))", reason=PAY),
    Case("trial_balance_files", ("balances",), reason=FILES),
    Case("events", ("events",), reason=FILES),
    Case(
        "sap_ecc",
        ("document_items",),
        table="BSEG",
        columns=tuple(name for name in fields("sap_ecc", "document_items") if name != "changed_on"),
    ),
    Case(
        "sql_ledger",
        ("journal_lines",),
        table=SQL_LEDGER["journal_lines"]["table"],
        columns=tuple(SQL_LEDGER["journal_lines"]["columns"].values()),
    ),
    Case(
        "sap_s4hana",
        ("journal_lines",),
        path="opu/odata/sap/API_GLACCOUNTLINEITEM/GLAccountLineItem",
        data="d.results",
        paginator={"type": "json_link", "next_url_path": "d.__next"},
        params={
            "$format": "json",
            "$select": ",".join(fields("sap_s4hana", "journal_lines")),
            "$orderby": ",".join(SYSTEMS["sap_s4hana"].resources["journal_lines"].key),
            "$filter": "Ledger eq '0L'",
        },
    ),
    Case(
        "salesforce",
        ("opportunity_field_history",),
        path="services/data/v66.0/queryAll",
        data="records",
        paginator={"type": "json_link", "next_url_path": "nextRecordsUrl"},
        params={
            "q": f"SELECT {', '.join(fields('salesforce', 'opportunity_field_history'))} "
            "FROM OpportunityFieldHistory ORDER BY CreatedDate, Id"
        },
    ),
    Case("salesforce", ("opportunity_field_history",), options={"bulk": True}, reason=JOBS),
    Case(
        "stripe",
        ("invoices",),
        path="v1/invoices",
        data="data",
        paginator={
            "type": "cursor",
            "cursor_path": "data[-1].id",
            "cursor_param": "starting_after",
            "has_more_path": "has_more",
        },
        params={"limit": 100},
    ),
    Case(
        "chargebee",
        ("invoices",),
        path="invoices",
        data="list[*].invoice",
        paginator={"type": "cursor", "cursor_path": "next_offset", "cursor_param": "offset"},
        params={"limit": 100, "include_deleted": "true"},
    ),
    Case(
        "zuora",
        ("accounts",),
        path="object-query/accounts",
        data="data",
        paginator={"type": "cursor", "cursor_path": "nextPage", "cursor_param": "cursor"},
        params={
            "pageSize": 50,
            "account.fields[]": ",".join(name for name in fields("zuora", "accounts") if name != "billTo"),
            "expand[]": "billto",
            "billto.fields[]": "country,workEmail",
        },
    ),
    Case("zuora", ("invoice_items",), reason=JOBS),
    Case(
        "netsuite",
        ("accounting_lines",),
        path="services/rest/query/v1/suiteql",
        data="items",
        paginator={"type": "offset", "limit": 1000, "total_path": "totalResults"},
        headers={"Prefer": "transient"},
        json={
            "q": f"SELECT {NETSUITE_LINES}, TO_CHAR(t.lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS') AS lastmodifieddate "
            "FROM transactionaccountingline a JOIN transaction t ON t.id = a.transaction WHERE a.accountingbook = 1 "
            "ORDER BY a.transaction, a.transactionline, a.accountingbook"
        },
    ),
    Case(
        "business_central",
        ("general_ledger_entries", "general_ledger_entry_dimensions"),
        path="v2.0/companies({resources.companies.id})/generalLedgerEntries",
        data="value",
        paginator=NEXT_LINK,
        params=of_odata("business_central", "general_ledger_entries", **{"$expand": "dimensionSetLines"}),
        headers={"Prefer": "odata.maxpagesize=20000"},
        above={
            "name": "companies",
            "endpoint": {"path": "v2.0/companies", "data_selector": "value", "paginator": "single_page"},
        },
        nesting=1,
    ),
    Case(
        "d365_finance",
        ("journal_entries",),
        path="GeneralJournalEntryBiEntities",
        data="value",
        paginator=NEXT_LINK,
        params=of_odata(
            "d365_finance",
            "journal_entries",
            **{
                "cross-company": "true",
                "$filter": "PostingLayer eq Microsoft.Dynamics.DataEntities.CurrentOperationsTax'Current'",
            },
        ),
    ),
    Case(
        "oracle_fusion",
        ("payables_payments",),
        path=f"{FUSION}/payablesPayments",
        data="items",
        paginator={"type": "offset", "limit": 500, "total_path": None, "has_more_path": "hasMore"},
        params={
            "fields": ",".join(fields("oracle_fusion", "payables_payments")),
            "orderBy": "CheckId:asc",
            "onlyData": "true",
        },
    ),
    Case("oracle_fusion", ("journal_lines",), reason="rest_api reads JSON: no CSV of extracts"),
    Case(
        "coupa",
        ("purchase_order_lines",),
        path="api/purchase_order_lines",
        paginator={"type": "offset", "limit": 50, "total_path": None},
        params={
            # Braces are doubled: single ones would be rest_api's own.
            "fields": '["id","order_header_id","order_header_number","line_num","type","description",'
            '{{"item":["item_number"]}},"quantity","price","total",{{"uom":["code"]}},{{"currency":["code"]}},'
            '{{"account_type":["id"]}},{{"account":["id","code"]}},"status","created_at","updated_at"]',
            "order_by": "id",
            "dir": "asc",
        },
    ),
    Case(
        "anaplan",
        ("list_items",),
        path=LISTS + "/{resources.lists.id}/items",
        data="listItems",
        paginator={"type": "single_page"},
        params={"includeAll": "true"},
        above={
            "name": "lists",
            "endpoint": {"path": LISTS, "data_selector": "lists", "paginator": "single_page"},
            "processing_steps": [
                {"filter": lambda row: row["name"] in SYSTEMS["anaplan"].resources["list_items"].request["lists"]}
            ],
        },
    ),
    Case("anaplan", ("plan_lines",), reason=JOBS),
    Case("ecb", ("rates",), reason="rest_api reads JSON: no zipped CSV"),
)


@configspec
class SameSigning(AuthConfigBase):
    """Signs what `rest_api` sends as the platform signs it: vendors' ways of logging on are not what is compared."""

    client: Any = None

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        self.client.auth.sign(self.client, request.headers)
        if isinstance(self.client.auth, SignsTheWhole):
            self.client.auth.sign_whole(self.client, request.headers, request.method, request.url)
        return request


@dataclass(frozen=True)
class Bench:
    """Where the company is: the address of its servers and the folder of its files."""

    url: str
    folder: Path
    company: Mapping[str, Any]

    def instance(self, case: Case) -> Instance:
        """Return the instance that is read."""
        system = SYSTEMS[case.system]
        name, settings = self._dropped(case.system)
        changes = {
            "folder": str(self.folder / name),
            "resources": list(case.resources),
            "connection": {"requests_per_second": 100_000, "attempts": 3},
        }
        if case.system not in INSTANCES:
            return Instance.model_validate({**settings, **changes, "name": name})
        options = {**INSTANCES[case.system].get("options", {}), **case.options}
        return instance_of(system, self.url, **{**changes, "options": options})

    def _dropped(self, system: str) -> tuple[str, Mapping[str, Any]]:
        """Return the company's first instance of a system, if it has one; its name is that of its folder."""
        own = ((name, each) for name, each in self.company.items() if each["system"] == system)
        return next(own, (system, {}))

    def ours(self, case: Case) -> Any:
        """Return the platform's source of the resources."""
        system = SYSTEMS[case.system]
        environ = environment(system) if case.system in INSTANCES else {}
        return build_source(system, self.instance(case), AS_OF, "bench", {}, environ=environ)

    def theirs(self, case: Case) -> Any:
        """Return dlt's own source of the same."""
        return self._database(case) if case.table else self._rest_api(case)

    def _database(self, case: Case) -> Any:
        path = Path(self.instance(case).folder, f"{case.system}.sqlite")
        return sql_table(credentials=f"sqlite:///{path}", table=case.table, included_columns=list(case.columns))

    def _rest_api(self, case: Case) -> Any:
        system, instance = SYSTEMS[case.system], self.instance(case)
        endpoint = {"path": case.path, "params": case.params, "data_selector": case.data, "paginator": case.paginator}
        if case.json:
            endpoint |= {"method": "POST", "json": case.json}
        resource = {"name": case.resources[0], "endpoint": endpoint}
        source = rest_api_source(
            {
                "client": {
                    "base_url": f"{instance.base_url}/",
                    "auth": _signing(case.system, instance),
                    "headers": {**system.headers, **case.headers},
                },
                "resources": [{**case.above, "selected": False}, resource] if case.above else [resource],
            }
        )
        source.max_table_nesting = case.nesting
        return source


def _signing(name: str, instance: Instance) -> SameSigning:
    system = SYSTEMS[name]
    options = {option: instance.option(system, option) for option in system.options}
    auth = make_auth(
        system.auth,
        read_secrets(system, instance, environment(system)),
        instance.auth_url or instance.base_url,
        {**options, "origin": origin(instance.base_url)},
    )
    client = HttpClient(
        system=name, instance=instance.name, base_url=instance.base_url, budget=system.request_budget, auth=auth
    )
    signing = SameSigning(client=client)
    signing.resolve()
    return signing


def land(build: Callable[[], Any], rows: str) -> tuple[int, float]:
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
            tables = connection.execute(
                "select table_name from duckdb_tables() "
                "where schema_name = 'landing' and not starts_with(table_name, '_dlt')"
            ).fetchall()
            counts = [connection.execute(f'select {rows} from landing."{name}"').fetchone()[0] for (name,) in tables]
        return sum(map(int, counts)), seconds
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(bench: Bench, case: Case) -> str:
    """Read the case on both sides and return its line of the table."""
    sides = {"ours": bench.ours} | ({} if case.reason else {"theirs": bench.theirs})
    best: dict[str, float] = {}
    counts: dict[str, int] = {}
    for _ in range(ROUNDS):
        for name, build in sides.items():
            counts[name], seconds = land(lambda build=build: build(case), case.rows)
            best[name] = min(best.get(name, seconds), seconds)
    if not counts["ours"] or len(set(counts.values())) > 1:
        raise SystemExit(f"{case.title}: {counts} rows; both have to read the same")
    speed = {name: counts[name] / seconds for name, seconds in best.items()}
    line = f"{case.title:<38}{counts['ours']:>9,}{speed['ours']:>10,.0f}"
    if case.reason:
        return f"{line}{'-':>10}{'-':>7}  {case.reason}"
    beside = "sql_database" if case.table else "rest_api"
    return f"{line}{speed['theirs']:>10,.0f}{speed['ours'] / speed['theirs']:>7.2f}  {beside}"


@contextmanager
def served(scale: float) -> Iterator[Bench]:
    """Serve the company and drop its files; take both away afterwards."""
    root = Path(tempfile.mkdtemp(prefix="bench-sources-company-"))
    folder = root / "dropped"
    company = yaml.safe_load(SANDBOX_COMPANY.read_text())
    company["mappings"] = str(SANDBOX_COMPANY.parent / "mappings")
    company["sandbox"] = {
        **{"seed": 7, "scale": scale, "errors": "none"},
        **{"books": BOOKS, "billing": BILLING, "procurement": PROCUREMENT},
    }
    company["instances"] |= {
        name: {**settings, "folder": f"${{{FOLDER_VARIABLE}}}/{name}"} for name, settings in DROPPED.items()
    }
    (root / "company.yaml").write_text(yaml.safe_dump(company))
    os.environ |= {COMPANY_VARIABLE: str(root / "company.yaml"), FOLDER_VARIABLE: str(folder)}
    process = SandboxProcess(Choice())
    try:
        url = process.wait_until_served()
        trial_balances = write_trial_balances(folder / "trial_balances", int(100_000 * scale))
        yield Bench(url, folder, {**company["instances"], "trial_balances": trial_balances})
    finally:
        process.stop()
        shutil.rmtree(root, ignore_errors=True)


def write_trial_balances(folder: Path, rows: int) -> dict[str, Any]:
    """Write monthly trial balances, which the sandbox has none of, and return the instance that reads them."""
    folder.mkdir()
    months = 24
    for month in range(months):
        with (folder / f"tb_{month}.csv").open("w", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(["org", "acc", "day", "amt"])
            day = f"{2024 + month // 12}-{month % 12 + 1:02}-28"
            lines.writerows([f"{n % 7}", f"{100_000 + n}", day, f"{n}.{n % 100:02}"] for n in range(rows // months))
    columns = {"entity": "org", "account": "acc", "date": "day", "amount": "amt"}
    masters = {
        "entities": {"entity": "org", "name": "title", "currency": "cur"},
        "accounts": {"account": "acc", "name": "title", "type": "kind"},
    }
    return {
        "system": "trial_balance_files",
        "options": {
            "balances": {"files": "tb_*.csv", "columns": columns},
            **{name: {"files": f"{name}.csv", "columns": each} for name, each in masters.items()},
            "account_types": {"A": "asset"},
        },
    }


def main() -> None:
    """Measure every case and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1, help="size of the simulated company")
    parser.add_argument("--only", default="", help="measure only the systems whose name contains this")
    arguments = parser.parse_args()
    missing = set(SYSTEMS) - {case.system for case in CASES}
    if missing:
        raise SystemExit(f"no case reads {', '.join(sorted(missing))}")
    with served(arguments.scale) as bench:
        print(f"{'resource':<38}{'rows':>9}{'rows/s':>10}{'dlt':>10}{'ratio':>7}  beside")
        # Files and databases come first: the servers load their tables meanwhile.
        for case in CASES:
            if arguments.only in case.system:
                print(measure(bench, case), flush=True)


if __name__ == "__main__":
    main()
