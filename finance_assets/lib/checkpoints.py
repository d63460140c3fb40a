"""Checkpoints: what went in and what came out, in rows and money, at extraction, in every layer, at publication.

Those of dbt's layers are data tests that keep what they counted (macro checkpoint() in the dbt project): a test is the
declaration, so no system and no table is named here.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from finance_assets.control.store import Checkpoint
from finance_assets.lib.dbt_manifest import DbtManifest, Step
from finance_assets.lib.failures import EXTRACT, PUBLISH, CheckpointBroken, TransformFailed
from finance_assets.lib.night import Night
from finance_assets.lib.records import records

log = logging.getLogger(__name__)

SCHEMA = "checkpoints"
# The checkpoint that a test stands for, by the schema of the table it is of.
_CHECKPOINTS = {"conformed": "canonical", "marts": "mart"}
# In the order a row comes to them.
CHECKPOINTS = (EXTRACT, "staging", "canonical", "reconciliation", "mart", PUBLISH)


@contextmanager
def recording(night: Night, manifest: DbtManifest, step: Step, tested: Collection[str]) -> Iterator[None]:
    """Keep what the step's checkpoints have counted when the block ends.

    A step that fails keeps those in `tested` (dbt's ids of the tests that were run, filled by the block) and raises
    CheckpointBroken when one of them is broken. What was not built again was not tested again, and still holds.
    """
    try:
        yield
    except TransformFailed as failure:
        found = read_checkpoints(night.data_dir.build_file, manifest, step, tested)
        night.store.record_checkpoints(night.run_id, found)
        if broken := [checkpoint for checkpoint in found if not checkpoint.is_passed]:
            log.error("%s", failure)
            raise CheckpointBroken(broken, "transform") from failure
        raise
    night.store.record_checkpoints(night.run_id, read_checkpoints(night.data_dir.build_file, manifest, step))


def read_checkpoints(
    build_file: Path, manifest: DbtManifest, step: Step, tests: Collection[str] | None = None
) -> list[Checkpoint]:
    """Return what the checkpoints of the step, or these tests of them, have counted, in the order of the layers."""
    nodes = manifest.content["nodes"]
    of_step = {
        node["alias"]: node
        for unique_id, node in nodes.items()
        if node["resource_type"] == "test"
        and node["schema"] == SCHEMA
        and manifest.steps[unique_id] == step
        and (tests is None or unique_id in tests)
    }
    with duckdb.connect(str(build_file), read_only=True) as connection:
        known = connection.execute("select table_name from duckdb_tables() where schema_name = ?", [SCHEMA]).fetchall()
        there = [name for (name,) in known if name in of_step]
        if not there:
            return []
        union = " union all ".join(f"""select '{name}' as test, * from {SCHEMA}."{name}\"""" for name in there)
        found = [
            _checkpoint(nodes[of_step[row.pop("test")]["attached_node"]], row)
            for row in records(connection, f"from ({union})")
        ]
    return sorted(found, key=_order)


def _checkpoint(table: dict[str, Any], row: dict[str, Any]) -> Checkpoint:
    schema = table["schema"]
    row["finding"] = None if row["is_passed"] else row["finding"]
    return Checkpoint(_CHECKPOINTS.get(schema, schema), f"{schema}.{table['alias']}", **row)


def _order(checkpoint: Checkpoint) -> tuple[int, str, str, str]:
    return (
        CHECKPOINTS.index(checkpoint.checkpoint),
        checkpoint.subject,
        checkpoint.source_instance or "",
        checkpoint.currency_code or "",
    )
