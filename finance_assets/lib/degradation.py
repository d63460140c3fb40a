"""Obeys the degradation contracts: who reads which source, and how each table is published when a source is too old.

What is agreed, and what follows from it on a night, is decided in dbt (reconciliation.fct_degradations).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from dlt_sources.registry import load_systems
from finance_assets.control.store import SourceStatus
from finance_assets.lib.dbt_manifest import DbtManifest
from finance_assets.lib.failures import StepFailed
from finance_assets.lib.lineage import Lineage
from finance_assets.lib.publish import PUBLISHED_CONTROL_TABLES, PUBLISHED_SCHEMAS, Label
from finance_assets.lib.records import records

EXPOSURE = "exposure"
_DEGRADATIONS = "from reconciliation.fct_degradations order by consumer, source_instance"
_PAST = ("last_good", "without", "hold")


@dataclass(frozen=True)
class Consumer:
    """A group of published tables (address → dbt's id), or an exposure of dbt, which has none; and what it reads."""

    name: str
    layer: str
    owner: str
    is_by_entity: bool
    tables: Mapping[str, str]
    systems: frozenset[str]


@dataclass(frozen=True)
class Handling:
    """How the tables of a night are published: all by address.

    `held` stay as they were last published; of those in `left_out` the rows of these entities are not published.
    """

    labels: Mapping[str, Label]
    held: frozenset[str]
    left_out: Mapping[str, frozenset[str]]


def consumers(manifest: Mapping[str, Any]) -> list[Consumer]:
    """Return everybody whom a degradation contract may name, from dbt's manifest."""
    lineage = Lineage(manifest)
    owners = {group["name"]: group["owner"]["email"] for group in manifest["groups"].values()}
    groups: dict[str, dict[str, dict[str, Any]]] = {}
    for key, node in manifest["nodes"].items():
        if node["resource_type"] == "model" and node["schema"] in PUBLISHED_SCHEMAS:
            groups.setdefault(_consumer_of(node), {})[key] = node
    return [
        *(
            Consumer(
                name,
                layer=next(iter(nodes.values()))["schema"],
                owner=owners[name],
                is_by_entity=all(node["config"]["meta"].get("by_entity") for node in nodes.values()),
                tables={f"{node['schema']}.{node['alias']}": key for key, node in nodes.items()},
                systems=frozenset().union(*map(lineage.systems_of, nodes)),
            )
            for name, nodes in sorted(groups.items())
        ),
        *(
            Consumer(node["name"], EXPOSURE, node["owner"]["email"], False, {}, frozenset(lineage.systems_of(key)))
            for key, node in sorted(manifest["exposures"].items())
        ),
    ]


def consumer_sources(manifest: DbtManifest, statuses: Iterable[SourceStatus]) -> list[dict[str, Any]]:
    """Return the rows of control.consumer_sources: each consumer beside each instance that it reads."""
    systems = load_systems()
    known = list(statuses)
    return [
        {
            "consumer": consumer.name,
            "layer": consumer.layer,
            "consumer_owner": consumer.owner,
            "is_by_entity": consumer.is_by_entity,
            "source_instance": status.source_instance,
            "system": status.system,
            "source_kind": systems[status.system].kind,
            "source_owner": systems[status.system].owner,
            "state": status.state,
            "age_days": status.age_days,
        }
        for consumer in consumers(manifest.content)
        for status in known
        if status.system in consumer.systems
    ]


def read_degradations(build: Path, statuses: Sequence[SourceStatus]) -> list[dict[str, Any]]:
    """Return what is to be done about sources that are not current: rows of reconciliation.fct_degradations.

    Raises StepFailed when the warehouse has judged other states than those of this run.
    """
    with duckdb.connect(str(build), read_only=True) as connection:
        rows = records(connection, _DEGRADATIONS)
    states = {status.source_instance: (status.state, status.as_of, status.age_days) for status in statuses}
    for row in rows:
        if states.get(row["source_instance"]) != (row["state"], row["data_as_of_date"], row["age_days"]):
            raise StepFailed(
                f"the degradation contracts were judged for another state of {row['source_instance']} than this run's: "
                "build reconciliation again, with all that is upstream of it (job `close`)"
            )
    return [row for row in rows if row["action_taken"] != "none"]


def held_consumers(degradations: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the consumers that a night holds, by name."""
    return sorted({row["consumer"] for row in degradations if row["consumer_action"] == "hold"})


def handle(
    manifest: Mapping[str, Any], statuses: Iterable[SourceStatus], degradations: Sequence[Mapping[str, Any]]
) -> Handling:
    """Return how every table of dbt's manifest is published, and every table of the control store.

    A table that depends on a system of which one instance is stale or absent is `degraded`, whatever the path between
    them; a table without some entities is `incomplete`; the tables of a held consumer are `held`, all of them, because
    they are read together. Each label says why.
    """
    lineage = Lineage(manifest)
    behind = [status for status in statuses if status.state != "current"]
    held = _held(manifest, degradations)
    addresses = {
        key: f"{node['schema']}.{node['alias']}"
        for key, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "seed", "snapshot")
    }
    labels: dict[str, Label] = {}
    left_out: dict[str, frozenset[str]] = {}
    for key, address in addresses.items():
        if address in held:
            labels[address] = Label("held", held[address])
            continue
        systems = lineage.systems_of(key)
        consumer = _consumer_of(manifest["nodes"][key])
        mine = {row["source_instance"]: row for row in degradations if row["consumer"] == consumer}
        reads = [status for status in behind if status.system in systems]
        details = [_why(status, mine.get(status.source_instance)) for status in reads]
        # Its own rows are of tonight, what it was made from is published as it was.
        details += [
            f"made with tonight's {parent}, of which an earlier version is published (held)"
            for parent in sorted(held.keys() & {addresses.get(each) for each in lineage.upstream_of(key)})
        ]
        entities = _entities_left_out(mine.values(), reads)
        if entities:
            left_out[address] = entities
            details.insert(0, f"without {', '.join(sorted(entities))}")
        labels[address] = _label("incomplete" if entities else "degraded", details)
    everything = _label("degraded", [_how_old(status) for status in behind])
    labels.update({f"control.{name}": everything for name in PUBLISHED_CONTROL_TABLES})
    return Handling(labels, frozenset(held), left_out)


def _consumer_of(node: Mapping[str, Any]) -> str | None:
    """The consumer that a table belongs to: its group, unless its `meta` names another."""
    return node["config"]["meta"].get("consumer") or node.get("group")


def _held(manifest: Mapping[str, Any], degradations: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The tables of held consumers, each with the reason."""
    reasons: dict[str, list[str]] = {}
    for row in degradations:
        if row["action_taken"] == "hold":
            reasons.setdefault(row["consumer"], []).append(_past(row))
    return {
        address: "; ".join(reasons[consumer.name])
        for consumer in consumers(manifest)
        if consumer.name in reasons
        for address in consumer.tables
    }


def _entities_left_out(degradations: Iterable[Mapping[str, Any]], reads: Collection[SourceStatus]) -> frozenset[str]:
    instances = {status.source_instance for status in reads}
    return frozenset(
        entity
        for row in degradations
        if row["action_taken"] == "without" and row["source_instance"] in instances
        for entity in (row["entities_left_out"] or "").split(", ")
        if entity
    )


def _label(status: str, details: Sequence[str]) -> Label:
    return Label(status, "; ".join(details)) if details else Label("current", "")


def _why(status: SourceStatus, degradation: Mapping[str, Any] | None) -> str:
    if degradation and degradation["action_taken"] in _PAST:
        return _past(degradation)
    return _how_old(status)


def _past(row: Mapping[str, Any]) -> str:
    days = _days(row["max_age_days"])
    return f"{_age(row, row['data_as_of_date'])}, past the {days} that {row['consumer']} allows ({row['phase']})"


def _how_old(status: SourceStatus) -> str:
    return _age(asdict(status), status.as_of)


def _age(row: Mapping[str, Any], as_of: date | None) -> str:
    if row["state"] == "absent":
        return f"{row['source_instance']} ({row['system']}) absent: no load has been accepted yet"
    return f"{row['source_instance']} ({row['system']}) stale: as of {as_of}, {_days(row['age_days'])} old"


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"
