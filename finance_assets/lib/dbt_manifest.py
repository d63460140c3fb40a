"""What dbt's manifest says about the project: which tables exist, what they mean, what they read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

LANDED_PREFIX = "landed_"
_TABLES = ("model", "seed", "snapshot")


@dataclass(frozen=True)
class DbtManifest:
    """A parsed manifest.json."""

    path: Path

    @cached_property
    def content(self) -> dict[str, Any]:
        """The whole manifest."""
        return json.loads(self.path.read_text(encoding="utf-8"))

    @cached_property
    def _table_nodes(self) -> list[dict[str, Any]]:
        return [node for node in self.content["nodes"].values() if node["resource_type"] in _TABLES]

    def relations(self) -> dict[str, set[str]]:
        """Return the tables and views dbt builds, per schema."""
        relations: dict[str, set[str]] = {}
        for node in self._table_nodes:
            relations.setdefault(node["schema"], set()).add(node["alias"])
        return relations

    def descriptions(self) -> dict[str, str]:
        """Return the description of every table, by `schema.table`."""
        return {f"{node['schema']}.{node['alias']}": node["description"] for node in self._table_nodes}

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
        nodes = {**self.content["nodes"], **self.content["sources"]}
        waiting = [node["unique_id"] for node in self._table_nodes if node.get("group") == group]
        seen: set[str] = set()
        systems = set()
        while waiting:
            unique_id = waiting.pop()
            if unique_id in seen:
                continue
            seen.add(unique_id)
            node = nodes[unique_id]
            if node["resource_type"] == "source" and node["schema"].startswith(LANDED_PREFIX):
                systems.add(node["schema"].removeprefix(LANDED_PREFIX))
            waiting += node.get("depends_on", {}).get("nodes", [])
        return systems
