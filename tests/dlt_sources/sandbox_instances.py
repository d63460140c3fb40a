"""The systems as instances of the sandbox, and their rows as one load brings them."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from dlt_sources.build import build_source, source_cursors
from dlt_sources.errors import SourceError
from dlt_sources.registry import load_systems
from dlt_sources.sandbox.company.vendors.oracle_fusion import CHART_ID, ITEM_ORGANIZATION, VALUE_SETS
from dlt_sources.sandbox.servers.anaplan_model import MODEL_ID, WORKSPACE_ID
from dlt_sources.sandbox.servers.context import DEMO_CREDENTIALS
from dlt_sources.settings import Instance
from dlt_sources.spec import SystemSpec
from tests.dlt_sources.fakes import FastClock

# Where the sandbox serves each system, and what an instance of it has to say.
INSTANCES: dict[str, dict[str, Any]] = {
    "anaplan": {
        "base_url": "{url}/anaplan/api/2/0",
        "auth_url": "{url}/anaplan/auth",
        "options": {"workspace": WORKSPACE_ID, "model": MODEL_ID},
    },
    "business_central": {
        "base_url": "{url}/business_central/v2.0/meridian.example/sandbox/api",
        "auth_url": "{url}/business_central/meridian.example",
    },
    "chargebee": {"base_url": "{url}/chargebee/api/v2"},
    "coupa": {"base_url": "{url}/coupa"},
    "d365_finance": {"base_url": "{url}/d365/data", "auth_url": "{url}/d365/meridian.example"},
    "ecb": {"base_url": "{url}/ecb"},
    "netsuite": {"base_url": "{url}/netsuite", "options": {"account": DEMO_CREDENTIALS["netsuite"]["account"]}},
    "oracle_fusion": {
        "base_url": "{url}/oracle_fusion",
        "folder": "${SANDBOX_FOLDER}/oracle_fusion",
        "options": {
            "charts": {
                str(CHART_ID): {
                    "account_segment": "SEGMENT2",
                    "account_value_set": VALUE_SETS[1],
                    "cost_centre_segment": "SEGMENT3",
                    "cost_centre_value_set": VALUE_SETS[2],
                    "profit_centre_segment": "SEGMENT4",
                    "intercompany_segment": "SEGMENT5",
                }
            },
            "item_organization": ITEM_ORGANIZATION,
        },
    },
    "salesforce": {"base_url": "{url}/salesforce"},
    "sap_s4hana": {"base_url": "{url}/sap"},
    "stripe": {"base_url": "{url}/stripe"},
    "zuora": {
        "base_url": "{url}/zuora",
        "options": {"partner": "meridian", "tenant_time_zone": "Europe/Berlin"},
    },
}
FOLDER_VARIABLE = "SANDBOX_FOLDER"
Rows = list[dict[str, str | None]]


@dataclass
class Load:
    """What one load brought: rows by resource, the cursors after it, and the error that ended it, if any."""

    rows: dict[str, Rows] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)
    error: SourceError | None = None


def environment(system: SystemSpec) -> dict[str, str]:
    """The demo secrets under the names that `instance_of` gives them, and where files are dropped."""
    secrets = {f"DEMO_{name.upper()}": DEMO_CREDENTIALS[system.name][name] for name in system.auth.credentials}
    return {**secrets, FOLDER_VARIABLE: os.environ[FOLDER_VARIABLE]} if FOLDER_VARIABLE in os.environ else secrets


def instance_of(system: SystemSpec, url: str, **changes: Any) -> Instance:
    """The system as the sandbox at this address offers it."""
    settings = INSTANCES[system.name]
    addresses = {name: settings[name].format(url=url) for name in ("base_url", "auth_url") if name in settings}
    return Instance.model_validate(
        {
            "name": f"{system.name}_demo",
            "system": system.name,
            "credentials": {name: f"DEMO_{name.upper()}" for name in system.auth.credentials},
            "connection": {"attempts": 3, "first_wait_seconds": 0.01},
            **settings,
            **addresses,
            **changes,
        }
    )


def load(
    name: str,
    url: str,
    as_of: date,
    cursors: dict[str, str] | None = None,
    *,
    clock: FastClock | None = None,
    environ: dict[str, str] | None = None,
    **changes: Any,
) -> Load:
    """Read a system once. Waiting takes no time, unless a clock that waits is given."""
    system = load_systems()[name]
    source = build_source(
        system,
        instance_of(system, url, **changes),
        as_of,
        "L1",
        cursors or {},
        environ=environ or environment(system),
        clock=clock or FastClock(epoch=time.time()),
    )
    result = Load()
    wanted = changes.get("resources") or list(system.resources)
    try:
        for resource in wanted:
            tables = source.extraction.tables(system.resources[resource])
            result.rows[resource] = [row for table in tables if table is not None for row in table.to_pylist()]
    except SourceError as error:
        result.error = error
    result.cursors = source_cursors(source)
    return result
