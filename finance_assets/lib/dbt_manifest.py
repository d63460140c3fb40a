"""What dbt's manifest says about the project: which tables exist, what they mean, what they read."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Literal

from finance_assets.lib.lineage import LANDED_PREFIX, Lineage

_TABLES = ("model", "seed", "snapshot")
_LAYERS_BY_SYSTEM = ("staging", "conformed")

Step = Literal["canonical", "reconciliation", "marts"]
# In the order they are built: the gates between them are why there is more than one.
STEPS: tuple[Step, ...] = ("canonical", "reconciliation", "marts")


@dataclass(frozen=True)
class DbtManifest:
    """A parsed manifest.json: of what belongs to a system only that of these systems (None: of all)."""

    path: Path
    systems: tuple[str, ...] | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the file is there and can be read: whoever wrote it may have died at it."""
        try:
            return bool(self.content)
        except (FileNotFoundError, ValueError):
            return False

    @cached_property
    def content(self) -> dict[str, Any]:
        """The manifest without models of other systems, what they alone read, and tests that read them."""
        content = json.loads(self.path.read_text(encoding="utf-8"))
        if self.systems is None:
            return content
        others = {name for name, node in content["nodes"].items() if _system_of(node) not in (None, *self.systems)}
        others |= {
            name
            for name, node in content["nodes"].items()
            if node["resource_type"] == "test" and not others.isdisjoint(node["depends_on"]["nodes"])
        }
        others |= {
            name
            for name, source in content["sources"].items()
            if source["schema"].startswith(LANDED_PREFIX)
            and source["schema"].removeprefix(LANDED_PREFIX) not in self.systems
        }
        for members in ("nodes", "sources", "parent_map", "child_map"):
            content[members] = {name: each for name, each in content[members].items() if name not in others}
        for relatives in ("parent_map", "child_map"):
            for name, members in content[relatives].items():
                content[relatives][name] = [member for member in members if member not in others]
        for node in content["nodes"].values():
            if "nodes" in node["depends_on"]:
                node["depends_on"]["nodes"] = [name for name in node["depends_on"]["nodes"] if name not in others]
        return content

    @cached_property
    def _table_nodes(self) -> list[dict[str, Any]]:
        return [node for node in self.content["nodes"].values() if node["resource_type"] in _TABLES]

    @cached_property
    def steps(self) -> dict[str, Step]:
        """The step in which every table, and every test of the night, is built: a test in that of its last parent."""
        nodes = self.content["nodes"]
        steps: dict[str, Step] = {
            node["unique_id"]: node["fqn"][1] if node["fqn"][1] in STEPS else STEPS[0] for node in self._table_nodes
        }
        for unique_id, node in nodes.items():
            if node["resource_type"] == "test":
                parents = [steps[parent] for parent in node["depends_on"]["nodes"] if parent in steps]
                steps[unique_id] = max(parents, key=STEPS.index, default=STEPS[0])
        return steps

    def tables(self, step: Step) -> dict[str, str]:
        """Return the address of every table and view of the step, by dbt's id; what it reads stands before it."""
        nodes = self.content["nodes"]
        parents = {node["unique_id"]: node["depends_on"].get("nodes", []) for node in self._table_nodes}
        return {
            unique_id: f"{nodes[unique_id]['schema']}.{nodes[unique_id]['alias']}"
            for unique_id in TopologicalSorter(parents).static_order()
            if self.steps.get(unique_id) == step
        }

    def tests(self, step: Step, tables: Collection[str]) -> set[str]:
        """Return the step's tests that read one of the tables, by dbt's id."""
        return {
            unique_id
            for unique_id, node in self.content["nodes"].items()
            if node["resource_type"] == "test"
            and self.steps[unique_id] == step
            and not set(node["depends_on"]["nodes"]).isdisjoint(tables)
        }

    def relations(self) -> dict[str, set[str]]:
        """Return the tables and views dbt builds, per schema."""
        relations: dict[str, set[str]] = {}
        for node in self._table_nodes:
            relations.setdefault(node["schema"], set()).add(node["alias"])
        return relations

    def descriptions(self) -> dict[str, str]:
        """Return the description of every table, by `schema.table`, and of its columns, by `schema.table.column`."""
        described = [(f"{node['schema']}.{node['alias']}", node) for node in self._table_nodes]
        described += [
            (f"{source['schema']}.{source['identifier']}", source) for source in self.content["sources"].values()
        ]
        found = {address: each["description"] for address, each in described}
        for address, each in described:
            for name, column in each["columns"].items():
                found[f"{address}.{name}"] = column.get("description") or ""
        return found

    def source_columns(self, schema: str) -> dict[str, list[str]]:
        """Return the columns of every source table that dbt reads from the schema."""
        return {
            source["identifier"]: list(source["columns"])
            for source in self.content["sources"].values()
            if source["schema"] == schema
        }

    def source_descriptions(self, schema: str) -> dict[str, str]:
        """Return the description of every source table that dbt reads from the schema."""
        return {
            source["identifier"]: source["description"]
            for source in self.content["sources"].values()
            if source["schema"] == schema
        }

    def systems_upstream_of_group(self, group: str) -> set[str]:
        """Return the systems whose landed tables the group's models read, directly or through others."""
        lineage = Lineage(self.content)
        members = [node["unique_id"] for node in self._table_nodes if node.get("group") == group]
        return set().union(*map(lineage.systems_of, members))


def _system_of(node: Mapping[str, Any]) -> str | None:
    """The system that a model belongs to, by its folder; of most models, none."""
    _, folder, *rest = node["fqn"]
    return rest[0] if folder in _LAYERS_BY_SYSTEM and node["resource_type"] == "model" else None
