"""What a run has done, as plain values: the same facts for a controller's screen and for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb

from finance_assets.control.exceptions import OPEN_STATUSES
from finance_assets.control.store import ControlStore
from finance_assets.lib.checkpoints import CHECKPOINTS
from finance_assets.lib.data_dir import DataDir
from finance_assets.lib.publish import read_manifest
from finance_assets.lib.records import records

TIED = ("matched", "matched_within_tolerance")
# What is open is told once, by its exception: two items may be the same problem seen from both sides.
_RECONCILIATIONS = """
    with exceptions as (
        select reconciliation_name, count(*) as exceptions, sum(amount_at_risk_group) as amount_at_risk_group
        from reconciliation.fct_exceptions
        group by reconciliation_name
    ),
    items as (
        select
            reconciliation_name,
            count(*) as items,
            count(*) filter (where outcome in (select unnest($tied)) and natural_key is null) as items_tied,
            count(*) filter (where outcome not in (select unnest($tied)) and natural_key is null) as items_in_time,
            count(natural_key) as items_differing,
            max(group_currency) as group_currency
        from reconciliation.fct_reconciliations
        group by reconciliation_name
    )
    select items.*, coalesce(exceptions, 0) as exceptions, coalesce(amount_at_risk_group, 0) as amount_at_risk_group
    from items
    left join exceptions using (reconciliation_name)
    order by reconciliation_name
"""


def report_run(store: ControlStore, data_dir: DataDir, run_id: str | None = None) -> dict[str, Any] | None:
    """Return the report of the run, or of the latest; None when nothing has run yet.

    Amounts are decimals in group currency. `published` is what readers see now, whichever run published it.
    """
    run = store.run(run_id) if run_id else store.latest_run()
    if run is None:
        return None
    manifest = read_manifest(data_dir.published)
    is_own_publication = manifest is not None and manifest["run_id"] == run["run_id"]
    return {
        "run_id": run["run_id"],
        "company": run["company"],
        "as_of": run["as_of"],
        "outcome": run["outcome"] or "running",
        "reason": run["reason"],
        "failure_class": run["failure_class"],
        "started_at": run["started_at"],
        "finished_at": run["finished_at"],
        "systems": [asdict(status) for status in store.source_status(run["run_id"])],
        "gates": [
            {
                "gate": result["gate"],
                "table": result["table_name"],
                "load_id": result["load_id"],
                "expectations": result["expectations"],
                "is_passed": result["is_passed"],
                "findings": [finding["what"] for finding in result["findings"]],
            }
            for result in store.gate_results(run["run_id"])
        ],
        "checkpoints": _checkpoints(store.checkpoints(run["run_id"])),
        "incidents": [dict(incident) for incident in store.open_incidents()],
        # A publication of an earlier version of the platform does not say.
        "degradation": manifest.get("degradation", []) if is_own_publication else [],
        "withheld": manifest.get("withheld", {}) if is_own_publication else {},
        "reconciliations": _reconciliations(data_dir) if is_own_publication else [],
        "exceptions": open_exceptions_by_type(store),
        "published": {
            "file": str(data_dir.published_file),
            "run_id": manifest["run_id"],
            "as_of": manifest["as_of"],
            "content_hash": manifest["content_hash"],
        }
        if manifest
        else None,
    }


def _checkpoints(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return per checkpoint how much was compared and how much ties, and what does not, in full."""
    together: dict[str, list[Mapping[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: CHECKPOINTS.index(row["checkpoint"])):
        together.setdefault(row["checkpoint"], []).append(row)
    return [
        {
            "checkpoint": name,
            "subjects": len({row["subject"] for row in members}),
            "rows": sum(row["rows_in"] or 0 for row in members),
            "amounts": sum(row["amount_in"] is not None for row in members),
            "broken": [dict(row) for row in members if not row["is_passed"]],
        }
        for name, members in together.items()
    ]


def open_exceptions_by_type(store: ControlStore) -> list[dict[str, Any]]:
    """Return how many exceptions are open and overdue per type, and what is at risk in group currency."""
    by_type: dict[str, dict[str, Any]] = {}
    for row in store.exceptions():
        if row["status"] in OPEN_STATUSES:
            entry = by_type.setdefault(
                row["type"],
                {
                    "type": row["type"],
                    "open": 0,
                    "overdue": 0,
                    "amount_at_risk_group": Decimal(0),
                    "group_currency": "",
                },
            )
            entry["open"] += 1
            entry["overdue"] += row["sla_status"] == "breached"
            entry["amount_at_risk_group"] += row["amount_at_risk_group"] or 0
            entry["group_currency"] = row["group_currency"] or entry["group_currency"]
    return list(by_type.values())


def to_json(value: Any) -> str:
    """Return the value as JSON; amounts as text, so that no reader makes floats of them."""
    return json.dumps(value, indent=2, default=_plain)


def _reconciliations(data_dir: DataDir) -> list[dict[str, Any]]:
    with duckdb.connect(str(data_dir.published_file), read_only=True) as connection:
        return records(connection, _RECONCILIATIONS, {"tied": list(TIED)})


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
