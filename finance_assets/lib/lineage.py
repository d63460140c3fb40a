"""What stands upstream of what in dbt's manifest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LANDED_PREFIX = "landed_"


class Lineage:
    """What every node of dbt's manifest reads, directly or through others."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        self._nodes = {**manifest["nodes"], **manifest["sources"], **manifest.get("exposures", {})}
        self._upstream: dict[str, frozenset[str]] = {}

    def upstream_of(self, key: str) -> frozenset[str]:
        """Return the nodes upstream of a node, by dbt's id."""
        if key not in self._upstream:
            parents = self._nodes[key].get("depends_on", {}).get("nodes", [])
            self._upstream[key] = frozenset(parents).union(*map(self.upstream_of, parents))
        return self._upstream[key]

    def systems_of(self, key: str) -> set[str]:
        """Return the systems whose landed tables a node reads, or is."""
        nodes = (self._nodes[upstream] for upstream in {key, *self.upstream_of(key)})
        schemas = (node["schema"] for node in nodes if node["resource_type"] == "source")
        return {schema.removeprefix(LANDED_PREFIX) for schema in schemas if schema.startswith(LANDED_PREFIX)}
